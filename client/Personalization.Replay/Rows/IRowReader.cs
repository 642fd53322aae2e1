using System.Text.Json;

namespace Personalization.Replay;

/// <summary>Walks through the rows of a format.</summary>
internal interface IRowReader : IAsyncDisposable
{
    /// <summary>Number of the row, from 1.</summary>
    long Number { get; }

    /// <summary>Goes to the next row.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False at the end.</returns>
    ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Writes the row as the JSON of an event.</summary>
    /// <param name="json">Takes one value.</param>
    /// <returns>The row's own bytes when they are that JSON already (nothing is written then), otherwise empty.</returns>
    ReadOnlyMemory<byte> Write(Utf8JsonWriter json);
}
