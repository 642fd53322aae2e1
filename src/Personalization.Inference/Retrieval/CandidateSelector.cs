using Personalization.Inference.Engine;

namespace Personalization.Inference.Retrieval;

/// <summary>Picks the best eligible items of a row: exact, ties to the lower index. Holds scratch memory, so one thread at a time.</summary>
/// <param name="width">Scores of a row.</param>
/// <param name="probabilities">Whether a score is how likely the item is; then a job gets the logarithms of those that are chosen.</param>
internal sealed class CandidateSelector(int width, bool probabilities = false)
{
    private readonly EligibleMask _mask = new(width);
    private readonly Shortlist _shortlist = new();

    /// <summary>Fills in a job's best items: of its candidates, or of all that it may get.</summary>
    /// <param name="scores">A score for each index.</param>
    /// <param name="job">The job.</param>
    public void Choose(ReadOnlySpan<float> scores, InferenceJob job)
    {
        job.BestCount = job.Candidates is { } candidates ? Rank(scores, candidates, job) : Select(scores, job.Selection!, job.Best, job.BestScores);
        if (probabilities)
        {
            Probabilities.TakeLogarithms(job.BestScores.AsSpan(0, job.BestCount));
        }
    }

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
        best = best[..selection.Count];
        bestScores = bestScores[..selection.Count];
        if (_shortlist.TrySelect(scores, _mask.Words, best, bestScores))
        {
            return best.Length;
        }

        var heap = new TopHeap(best, bestScores);
        heap.OfferAll(scores, _mask.Words, 0);
        return heap.Sort();
    }

    private static int Rank(ReadOnlySpan<float> scores, int[] candidates, InferenceJob job)
    {
        var heap = new TopHeap(job.Best.AsSpan(0, candidates.Length), job.BestScores.AsSpan(0, candidates.Length));
        foreach (var index in candidates)
        {
            heap.Offer(index, scores[index]);
        }

        return heap.Sort();
    }
}
