using Personalization.Inference.Engine;

namespace Personalization.Inference.Retrieval;

/// <summary>How the best items of a run's rows are found. Belongs to one of a worker's buffers: one thread at a time.</summary>
internal interface IRetrieval
{
    /// <summary>Tells the graph what it has to know, before the run.</summary>
    /// <param name="jobs">The rows.</param>
    /// <returns>Whether the graph, where it also chooses items, has to give the scores of all instead.</returns>
    bool Prepare(ReadOnlySpan<InferenceJob> jobs);

    /// <summary>Does what belongs to the run beside the graph.</summary>
    /// <param name="jobs">The rows.</param>
    /// <returns>Whether every row had as much done for it as a shelf has, so that what the run took says what runs take.</returns>
    bool Score(ReadOnlySpan<InferenceJob> jobs);

    /// <summary>Fills in a job's best items, their scores and the normalizer, after the run.</summary>
    /// <param name="job">The job.</param>
    /// <param name="row">Its row.</param>
    /// <returns>What other items can be ranked from for the same shopper; empty: nothing.</returns>
    ReadOnlySpan<float> Read(InferenceJob job, int row);
}
