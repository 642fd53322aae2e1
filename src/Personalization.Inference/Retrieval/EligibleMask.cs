using System.Numerics.Tensors;
using Personalization.Inference.Engine;

namespace Personalization.Inference.Retrieval;

/// <summary>The items that one request may get, a bit for each; reused.</summary>
/// <param name="width">Indices, with padding.</param>
internal sealed class EligibleMask(int width)
{
    private readonly ulong[] _words = new ulong[(width + 63) / 64];
    private readonly ulong[] _union = new ulong[(width + 63) / 64];

    /// <summary>The bits, 64 to a word.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>Takes what a selection allows.</summary>
    /// <param name="selection">The selection.</param>
    public void Set(Selection selection)
    {
        selection.View.Available.CopyTo(_words, 0);
        if (selection.Categories.Length > 0)
        {
            Array.Clear(_union);
            foreach (var category in selection.Categories)
            {
                if (selection.View.Categories.TryGetValue(category, out var items))
                {
                    items.AddTo(_union);
                }
            }

            TensorPrimitives.BitwiseAnd(_words, _union, _words);
        }

        foreach (var index in selection.Excluded)
        {
            Bits.Clear(_words, index);
        }
    }
}
