using Personalization.Inference.Engine;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// The graph chooses the best of what each row may get, so that a device need not send back all scores. A row that wants more than the graph chooses has
/// the run give the scores of all items instead, from which the best are chosen as ever.
/// </summary>
/// <param name="buffers">The run's.</param>
internal sealed class TopRetrieval(BatchBuffers buffers) : IRetrieval
{
    private readonly ScoresRetrieval _whole = new(buffers);
    private readonly EligibleMask _mask = new(buffers.Width);
    private bool _allScores;

    /// <inheritdoc/>
    public bool Prepare(ReadOnlySpan<InferenceJob> jobs)
    {
        _allScores = false;
        foreach (var job in jobs)
        {
            _allScores |= job.Wanted > buffers.TopCount;
        }

        for (var row = 0; row < jobs.Length && !_allScores; row++)
        {
            Allow(jobs[row], buffers.Eligible.AsSpan(row * buffers.Width, buffers.Width));
        }

        return _allScores;
    }

    /// <inheritdoc/>
    public bool Score(ReadOnlySpan<InferenceJob> jobs) => true;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Read(InferenceJob job, int row)
    {
        if (_allScores)
        {
            return _whole.Read(job, row);
        }

        var indices = buffers.TopItems.AsSpan(row * buffers.TopCount, buffers.TopCount);
        var scores = buffers.TopScores.AsSpan(row * buffers.TopCount, buffers.TopCount);
        (job.LogSum, job.BestCount) = (buffers.LogSums[row], 0);

        // What a row may not get stands behind what it may.
        while (job.BestCount < job.Wanted && !float.IsNegativeInfinity(scores[job.BestCount]))
        {
            (job.Best[job.BestCount], job.BestScores[job.BestCount]) = ((int)indices[job.BestCount], scores[job.BestCount]);
            job.BestCount++;
        }

        return [];
    }

    private void Allow(InferenceJob job, Span<bool> eligible)
    {
        if (job.Candidates is { } candidates)
        {
            eligible.Clear();
            foreach (var index in candidates)
            {
                eligible[index] = true;
            }

            return;
        }

        _mask.Set(job.Selection!);
        for (var index = 0; index < eligible.Length; index++)
        {
            eligible[index] = Bits.IsSet(_mask.Words, index);
        }
    }
}
