using System.Text.Json;

namespace Personalization.Replay;

/// <summary>How far a file is loaded into a topic; kept in a small file so that a load can be resumed.</summary>
/// <param name="File">Identity of the file.</param>
/// <param name="Topic">Identity of the topic.</param>
/// <param name="Row">The last row that is acknowledged or rejected, and all before it.</param>
/// <param name="Sent">Events acknowledged.</param>
/// <param name="Rejected">Rows rejected.</param>
/// <param name="RejectsBytes">Length of the file of rejected rows.</param>
/// <param name="Ends">Where each partition ended when <paramref name="Row"/> was acknowledged: only beyond can there be events of later rows.</param>
/// <param name="Complete">Whether the whole file is loaded.</param>
public sealed record BootstrapState(string File, string Topic, long Row, long Sent, long Rejected, long RejectsBytes, IReadOnlyList<long> Ends, bool Complete)
{
    /// <summary>Reads the state that an earlier run left.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The state, or null when there is none.</returns>
    /// <exception cref="InvalidDataException">The file is no such state.</exception>
    public static async Task<BootstrapState?> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        try
        {
            await using var file = System.IO.File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<BootstrapState>(file, PersonalizationJson.Options, cancellationToken);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is no state of a load: {exception.Message}", exception);
        }
    }

    /// <summary>Replaces the state's file in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up; the file is the old or the new one.</param>
    /// <returns>Completes when it is on disk.</returns>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        var next = path + ".new";
        await using (var file = System.IO.File.Create(next))
        {
            await JsonSerializer.SerializeAsync(file, this, PersonalizationJson.Options, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        System.IO.File.Move(next, path, overwrite: true);
    }
}
