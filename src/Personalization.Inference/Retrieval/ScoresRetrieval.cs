using System.Numerics.Tensors;
using Personalization.Inference.Engine;
using Personalization.Inference.Scoring;

namespace Personalization.Inference.Retrieval;

/// <summary>The graph scores all items; the best are chosen from the scores beside the worker.</summary>
/// <param name="buffers">The run's.</param>
internal sealed class ScoresRetrieval(BatchBuffers buffers) : IRetrieval
{
    private readonly CandidateSelector _selector = new(buffers.Width);

    /// <inheritdoc/>
    public bool Prepare(ReadOnlySpan<InferenceJob> jobs) => true;

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<InferenceJob> jobs)
    {
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Read(InferenceJob job, int row)
    {
        ReadOnlySpan<float> scores = buffers.Scores.AsSpan(row * buffers.Width, buffers.Width);
        var largest = TensorPrimitives.Max(scores[1..]);
        job.LogSum = largest + MathF.Log(Exponential.Sum(scores[1..], largest));
        job.BestCount = job.Candidates is { } candidates
            ? Rank(scores, candidates, job)
            : _selector.Select(scores, job.Selection!, job.Best, job.BestScores);
        return scores;
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
