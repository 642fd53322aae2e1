namespace Personalization.Inference.Retrieval;

/// <summary>Picks the best eligible items of a row: exact, ties to the lower index. Holds scratch memory, so one thread at a time.</summary>
/// <param name="width">Scores of a row.</param>
internal sealed class CandidateSelector(int width)
{
    private readonly EligibleMask _mask = new(width);

    /// <summary>Selects.</summary>
    /// <param name="scores">A score for each index.</param>
    /// <param name="selection">What is eligible, and how many.</param>
    /// <param name="best">Gets the indices, best first.</param>
    /// <param name="bestScores">Gets their scores.</param>
    /// <returns>How many; fewer than asked only when fewer are eligible.</returns>
    public int Select(ReadOnlySpan<float> scores, Selection selection, Span<int> best, Span<float> bestScores)
    {
        if (selection.Count == 0)
        {
            return 0;
        }

        _mask.Set(selection);
        var heap = new TopHeap(best[..selection.Count], bestScores[..selection.Count]);
        heap.OfferAll(scores, _mask.Words, 0);
        return heap.Sort();
    }
}
