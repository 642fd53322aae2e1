using System.Runtime.CompilerServices;
using System.Text;
using Personalization.Items;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>A catalogue as a file: one item's JSON a line, empty lines skipped. Of an item that has several lines, as in an export of the topic, the last one counts; it may remove it.</summary>
public static class ItemFile
{
    /// <summary>Reads the items.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The items, in the order of their first lines.</returns>
    /// <exception cref="InvalidDataException">A line is not a valid item or not UTF-8: says which and why.</exception>
    public static async IAsyncEnumerable<Item> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var number = 0;
        var items = new OrderedDictionary<string, Item>(StringComparer.Ordinal);
        using var text = InputFile.Text(File.OpenRead(path));
        while (await text.ReadLineAsync(cancellationToken) is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (!InputFile.IsUtf8(line))
            {
                throw InputFile.NotUtf8($"{path}, line {number}");
            }

            if (ItemRemoval.IdOf(line) is { } removed)
            {
                items.Remove(removed);
                continue;
            }

            var parsed = ItemParser.Parse(Encoding.UTF8.GetBytes(line), itemIdFromKey: null);
            var item = parsed.Item ?? throw new InvalidDataException(
                $"{path}, line {number}: {string.Join("; ", parsed.Errors.Select(error => $"{error.Field} {error.Code}: {error.Message}"))}");
            items[item.ItemId] = item;
        }

        foreach (var item in items.Values)
        {
            yield return item;
        }
    }
}
