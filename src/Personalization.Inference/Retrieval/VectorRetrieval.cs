using Personalization.Inference.Engine;
using Personalization.Inference.Scoring;

namespace Personalization.Inference.Retrieval;

/// <summary>The graph gives the shopper's vector; the items are scored with it beside the graph, on the worker's thread.</summary>
/// <param name="buffers">The run's.</param>
/// <param name="scorer">Scores the items.</param>
internal sealed class VectorRetrieval(BatchBuffers buffers, CatalogueScorer scorer) : IRetrieval
{
    /// <inheritdoc/>
    public bool Prepare(ReadOnlySpan<InferenceJob> jobs) => true;

    /// <inheritdoc/>
    public bool Score(ReadOnlySpan<InferenceJob> jobs) => scorer.Score(jobs, buffers.Users);

    /// <inheritdoc/>
    public ReadOnlySpan<float> Read(InferenceJob job, int row) =>
        job.LogSum == 0 ? [] : buffers.Users.AsSpan(row * buffers.Dimension, buffers.Dimension);
}
