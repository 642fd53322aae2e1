using System.Collections.Concurrent;
using System.Collections.Immutable;
using Personalization.Inference.Packages;
using Personalization.Items;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// Eligible items closest to one item. The closest of all items are kept for each item that is asked about, so when the model is late, everybody who looked at a
/// popular item is served from them, whatever changes in the catalogue; where few of them may be recommended, from the last list while nothing changes. Thread-safe.
/// </summary>
/// <param name="vocabulary">The model's items.</param>
/// <param name="vectors">Their vectors.</param>
/// <param name="eligibility">What may be recommended.</param>
internal sealed class SimilarItems(Vocabulary vocabulary, ItemVectors vectors, EligibilityIndex eligibility)
{
    /// <summary>Closest items that are kept, whether they may be recommended or not: enough for shelves of all usual sizes where half of the items may.</summary>
    private const int KeptLength = 100;

    private const int KeptLists = 4_096;

    private readonly ConcurrentDictionary<int, (int Index, float Score)[]> _kept = new();
    private readonly ConcurrentDictionary<int, Found> _found = new();
    private readonly EligibilityView _everything = new(0, false, Bits.All(vocabulary.Width), ImmutableDictionary<string, CategoryItems>.Empty);

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
        if (count <= KeptLength)
        {
            ItemScore[] eligible = [.. Closest(index).Where(item => Bits.IsSet(view.Available, item.Index)).Take(count).Select(ToScore)];
            if (eligible.Length == count)
            {
                return eligible;
            }
        }

        if (!_found.TryGetValue(index, out var found) || !found.Has(count, view))
        {
            found = new Found(view.Revision, view.Decides, count, Find(index, count, view));
            Keep(_found, index, found);
        }

        return [.. found.Items.Take(count).Select(ToScore)];
    }

    private static void Keep<T>(ConcurrentDictionary<int, T> lists, int index, T list)
    {
        if (lists.Count >= KeptLists)
        {
            lists.Clear();
        }

        lists[index] = list;
    }

    private ItemScore ToScore((int Index, float Score) item) => new(vocabulary[item.Index], item.Score);

    private (int Index, float Score)[] Closest(int index)
    {
        if (!_kept.TryGetValue(index, out var kept))
        {
            kept = Find(index, Math.Min(KeptLength, vocabulary.Count), _everything);
            Keep(_kept, index, kept);
        }

        return kept;
    }

    private (int Index, float Score)[] Find(int index, int count, EligibilityView view)
    {
        var cosines = new float[vectors.Count];
        vectors.Cosines(index, cosines);
        var (best, scores) = (new int[count], new float[count]);
        var found = new CandidateSelector(cosines.Length).Select(cosines, new Selection(view, [], [index], count), best, scores);
        return [.. Enumerable.Range(0, found).Select(i => (best[i], scores[i]))];
    }

    // The closest eligible items of one view; the view itself is large and is not kept for it.
    private sealed record Found(long Revision, bool Decides, int Count, (int Index, float Score)[] Items)
    {
        public bool Has(int count, EligibilityView view) => count <= Count && Revision == view.Revision && Decides == view.Decides;
    }
}
