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
        _selector.Choose(scores, job);
        return scores;
    }
}
