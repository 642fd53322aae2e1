using System.Numerics.Tensors;
using Personalization.Inference.Engine;
using Personalization.Inference.Scoring;

namespace Personalization.Inference.Retrieval;

/// <summary>The graph scores all items; the best are chosen from the scores beside the worker.</summary>
/// <param name="buffers">The run's.</param>
internal sealed class ScoresRetrieval(BatchBuffers buffers) : IRetrieval
{
    private readonly CandidateSelector _selector = new(buffers.Width, buffers.AreProbabilities);

    /// <inheritdoc/>
    public bool Prepare(ReadOnlySpan<InferenceJob> jobs) => true;

    /// <inheritdoc/>
    public bool Score(ReadOnlySpan<InferenceJob> jobs) => true;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Read(InferenceJob job, int row)
    {
        ReadOnlySpan<float> scores = buffers.Scores.AsSpan(row * buffers.Width, buffers.Width);
        job.LogSum = buffers.AreProbabilities ? MathF.Log(Probabilities.Sum(scores[1..])) : LogSum(scores[1..]);
        _selector.Choose(scores, job);
        return scores;
    }

    private static float LogSum(ReadOnlySpan<float> scores)
    {
        var largest = TensorPrimitives.Max(scores);
        return largest + MathF.Log(Exponential.Sum(scores, largest));
    }
}
