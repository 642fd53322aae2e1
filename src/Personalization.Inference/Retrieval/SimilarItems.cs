using System.Collections.Concurrent;
using Personalization.Inference.Packages;
using Personalization.Items;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// Eligible items closest to one item. A list is kept while the catalogue stays the same: when the model is late, everybody who looked at a popular item
/// is served from it. Thread-safe.
/// </summary>
/// <param name="vocabulary">The model's items.</param>
/// <param name="vectors">Their vectors.</param>
/// <param name="eligibility">What may be recommended.</param>
internal sealed class SimilarItems(Vocabulary vocabulary, ItemVectors vectors, EligibilityIndex eligibility)
{
    /// <summary>Longest list that is kept, and asked for at least: shelves of all usual sizes share it.</summary>
    private const int KeptLength = 50;

    private const int KeptLists = 4_096;

    private readonly ConcurrentDictionary<int, Kept> _kept = new();

    /// <summary>Finds them.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>Best first; null when the model does not know the item.</returns>
    public ItemScore[]? Of(string itemId, int count)
    {
        var index = vocabulary.IndexOf(itemId);
        if (index == 0)
        {
            return null;
        }

        var view = eligibility.Current();
        count = Math.Clamp(count, 0, vocabulary.Count);
        if (count > KeptLength)
        {
            return Find(index, count, view);
        }

        if (!_kept.TryGetValue(index, out var kept) || !ReferenceEquals(kept.View, view))
        {
            if (_kept.Count >= KeptLists)
            {
                _kept.Clear();
            }

            kept = new Kept(view, Find(index, Math.Min(KeptLength, vocabulary.Count), view));
            _kept[index] = kept;
        }

        return count >= kept.Items.Length ? kept.Items : kept.Items[..count];
    }

    private ItemScore[] Find(int index, int count, EligibilityView view)
    {
        var cosines = new float[vectors.Count];
        vectors.Cosines(index, cosines);
        var (best, scores) = (new int[count], new float[count]);
        var found = new CandidateSelector(cosines.Length).Select(cosines, new Selection(view, [], [index], count), best, scores);
        return [.. Enumerable.Range(0, found).Select(i => new ItemScore(vocabulary[best[i]], scores[i]))];
    }

    private sealed record Kept(EligibilityView View, ItemScore[] Items);
}
