using System.Numerics;
using System.Numerics.Tensors;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// A category's items by a model's indices: one by one, or a bit for each of the model's where that takes no more memory. A shop has many small categories and few
/// large ones, so bits for all of them would grow with the square of its catalogue. Immutable.
/// </summary>
internal sealed class CategoryItems
{
    private readonly int[] _few = [];
    private readonly ulong[]? _bits;

    private CategoryItems(int[] few) => _few = few;

    private CategoryItems(ulong[] bits) => _bits = bits;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _bits is null && _few.Length == 0;

    /// <summary>Makes them of those from before and what changed.</summary>
    /// <param name="before">From before; null: none.</param>
    /// <param name="changes">Indices from 1 that came, and less than 0 those that went; what comes later counts.</param>
    /// <param name="words">Words of a bit for each of the model's indices.</param>
    /// <returns>The items.</returns>
    public static CategoryItems Of(CategoryItems? before, List<int> changes, int words) =>
        before?._bits is { } bits ? Of([.. bits], changes) : Of([.. before?._few ?? []], changes, words);

    /// <summary>Sets the items' bits.</summary>
    /// <param name="words">A bit for each of the model's indices, 64 to a word.</param>
    public void AddTo(Span<ulong> words)
    {
        if (_bits is not null)
        {
            TensorPrimitives.BitwiseOr(words, _bits, words);
            return;
        }

        foreach (var index in _few)
        {
            Bits.Set(words, index);
        }
    }

    private static CategoryItems Of(HashSet<int> items, List<int> changes, int words)
    {
        foreach (var change in changes)
        {
            _ = change > 0 ? items.Add(change) : items.Remove(-change);
        }

        if (AreFew(items.Count, words))
        {
            return new CategoryItems([.. items]);
        }

        var bits = new ulong[words];
        foreach (var index in items)
        {
            Bits.Set(bits, index);
        }

        return new CategoryItems(bits);
    }

    private static CategoryItems Of(ulong[] bits, List<int> changes)
    {
        foreach (var change in changes)
        {
            if (change > 0)
            {
                Bits.Set(bits, change);
            }
            else
            {
                Bits.Clear(bits, -change);
            }
        }

        var count = bits.Sum(static word => BitOperations.PopCount(word));
        if (!AreFew(count, bits.Length))
        {
            return new CategoryItems(bits);
        }

        var (few, found) = (new int[count], 0);
        for (var word = 0; word < bits.Length; word++)
        {
            for (var left = bits[word]; left != 0; left &= left - 1)
            {
                few[found++] = (word * 64) + BitOperations.TrailingZeroCount(left);
            }
        }

        return new CategoryItems(few);
    }

    private static bool AreFew(int count, int words) => (long)count * sizeof(int) < (long)words * sizeof(ulong);
}
