using System.Globalization;

namespace Personalization.Gateway;

/// <summary>
/// How far the warnings were read: the newest offset of each partition. As text (<c>0.17,3.4</c>) it is the id of a live event: every gateway can
/// go on behind it, in whatever order it read the partitions itself.
/// </summary>
internal sealed class WarningPosition
{
    private readonly SortedDictionary<int, long> _offsets = [];

    /// <summary>The newest offset of a partition; null: none of it was read.</summary>
    /// <param name="partition">The partition.</param>
    public long? this[int partition] => _offsets.TryGetValue(partition, out var offset) ? offset : null;

    /// <summary>Reads an id.</summary>
    /// <param name="id">What a client sent; parts that are no positions say nothing.</param>
    /// <returns>The position.</returns>
    public static WarningPosition Parse(string id)
    {
        var position = new WarningPosition();
        foreach (var part in id.Split(','))
        {
            if (part.Split('.') is [var partition, var offset]
                && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            {
                position.Advance(number, at);
            }
        }

        return position;
    }

    /// <summary>Says that a partition was read up to an offset.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The offset, read.</param>
    public void Advance(int partition, long offset) => _offsets[partition] = offset;

    public override string ToString() => string.Join(',', _offsets.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Key}.{each.Value}")));
}
