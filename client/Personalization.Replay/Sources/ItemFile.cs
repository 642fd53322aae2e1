using System.Runtime.CompilerServices;
using System.Text;
using Personalization.Items;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>A catalogue as a file: one item's JSON a line, empty lines skipped.</summary>
public static class ItemFile
{
    /// <summary>Reads the items.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The items in the file's order.</returns>
    /// <exception cref="InvalidDataException">A line is not a valid item: says which and why.</exception>
    public static async IAsyncEnumerable<Item> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var parsed = ItemParser.Parse(Encoding.UTF8.GetBytes(line), itemIdFromKey: null);
            yield return parsed.Item ?? throw new InvalidDataException(
                $"{path}, line {number}: {string.Join("; ", parsed.Errors.Select(error => $"{error.Field} {error.Code}: {error.Message}"))}");
        }
    }
}
