namespace Personalization.Inference.Engine;

/// <summary>
/// Takes what waits, runs the model over it and hands each request its answer. Work-conserving: it never waits for a fuller batch, the
/// next batch is what queued while the last one ran. One thread at a time.
/// </summary>
internal sealed class BatchWorker : IDisposable
{
    // So many times what a run took.
    private const int Rests = 3;
    private static readonly TimeSpan LeastRest = TimeSpan.FromMilliseconds(1);

    private readonly int _number;
    private readonly RequestQueue _queue;
    private readonly EngineServices _services;
    private readonly BatchRun[] _runs;
    private readonly List<InferenceJob> _late = [];
    private readonly AnsweredJobs _answered = new();
    private readonly Func<bool> _hasMore;
    private int _next;

    /// <summary>Creates a worker.</summary>
    /// <param name="number">Its place among the workers of the queue.</param>
    /// <param name="queue">Where it takes from.</param>
    /// <param name="runs">Its runs, used in turn: while answers are read from one, the model runs over the next.</param>
    /// <param name="services">What runs share.</param>
    public BatchWorker(int number, RequestQueue queue, BatchRun[] runs, EngineServices services) =>
        (_number, _queue, _runs, _services, _hasMore) = (number, queue, runs, services, () => !queue.IsEmpty);

    /// <summary>Runs every shape twice: no request pays for a first run, and the second says what a run costs.</summary>
    /// <param name="gently">Whether to leave most of the processor to others, who answer requests meanwhile.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void WarmUp(bool gently = false, CancellationToken cancellationToken = default)
    {
        foreach (var run in _runs)
        {
            var slot = run.Slot;
            var scoring = run.TimeScoring(_services.Time);
            bool[] allScores = slot.Buffers.TopCount > 0 ? [true, false] : [true];
            for (var bucket = 0; bucket < _services.Buckets.Count; bucket++)
            {
                for (var batch = 1; batch <= slot.Buffers.MaxBatch; batch++)
                {
                    foreach (var all in allScores)
                    {
                        var took = TimeSecondRun(slot, batch, _services.Buckets[bucket], all);
                        _services.Cost.Add(bucket, batch, took + scoring[batch], _services.Time.GetTimestamp());
                        if (gently)
                        {
                            cancellationToken.WaitHandle.WaitOne(LeastRest + (Rests * _services.Time.GetElapsedTime(0, took)));
                        }

                        cancellationToken.ThrowIfCancellationRequested();
                    }
                }
            }
        }
    }

    /// <summary>Serves one batch.</summary>
    /// <param name="wait">
    /// Whether to wait for a request, and to leave the answers to the thread pool while more requests wait; otherwise all is done when it returns.
    /// </param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Step(bool wait)
    {
        var run = _runs[_next];
        run.Reclaim();
        run.Count = 0;
        var count = _queue.Take(_number, run.Jobs, _late, wait);
        if (_late.Count > 0)
        {
            TellLate(wait);
        }

        if (count > 0)
        {
            run.Count = count;
            Execute(run, wait);
        }

        return count >= 0;
    }

    /// <summary>After a failure: answers what it had taken and not answered, without the model.</summary>
    public void GiveUp()
    {
        var run = _runs[_next];
        foreach (var job in _late.Concat(run.Jobs.TakeWhile(static job => job is not null)))
        {
            _answered.Add(job, InferenceStatus.Failed);
        }

        _late.Clear();
        Array.Clear(run.Jobs);
        run.Count = 0;
        Tell(elsewhere: true);
    }

    /// <summary>Answers all that still waits, without the model; the queue is closed.</summary>
    public void Abandon()
    {
        while (_queue.Take(_number, _runs[_next].Jobs, _late, wait: false) >= 0)
        {
            GiveUp();
        }
    }

    /// <summary>Hands out what is not handed out yet.</summary>
    public void Drain()
    {
        foreach (var run in _runs)
        {
            run.Reclaim();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run.Dispose();
        }
    }

    private long TimeSecondRun(IModelSlot slot, int batch, int length, bool allScores)
    {
        slot.Run(batch, length, allScores);
        var started = _services.Time.GetTimestamp();
        slot.Run(batch, length, allScores);
        return _services.Time.GetTimestamp() - started;
    }

    private void Execute(BatchRun run, bool elsewhere)
    {
        TimeSpan ran;
        try
        {
            ran = run.Run();
        }
        catch (Exception e)
        {
            run.LogRunFailed(e);
            Isolate(run, elsewhere);
            return;
        }

        if (!elsewhere)
        {
            run.Finish(ran, elsewhere);
        }
        else if (_hasMore())
        {
            run.FinishElsewhere(ran);
            _next = (_next + 1) % _runs.Length;
        }
        else
        {
            run.FinishNear(ran, _hasMore);
        }
    }

    // The request that breaks a run must not take its batch-mates with it: each gets a run of its own.
    private void Isolate(BatchRun run, bool elsewhere)
    {
        InferenceJob[] jobs = [.. run.Jobs.AsSpan(0, run.Count)];
        foreach (var job in jobs)
        {
            (run.Jobs[0], run.Count) = (job, 1);
            if (jobs.Length == 1 || !TryRunAlone(run, elsewhere))
            {
                _answered.Add(job, InferenceStatus.Failed);
            }
        }

        Array.Clear(run.Jobs);
        run.Count = 0;
        Tell(elsewhere);
    }

    private bool TryRunAlone(BatchRun run, bool elsewhere)
    {
        try
        {
            run.Finish(run.Run(), elsewhere);
            return true;
        }
        catch (Exception e)
        {
            run.LogRunFailed(e);
            return false;
        }
    }

    private void TellLate(bool elsewhere)
    {
        var now = _services.Time.GetTimestamp();
        foreach (var job in _late)
        {
            job.Queued = _services.Time.GetElapsedTime(job.EnqueuedAt, now);
            _answered.Add(job, InferenceStatus.DeadlineExceeded);
        }

        _late.Clear();
        Tell(elsewhere);
    }

    // The worker's own thread is for the model: who is told goes on elsewhere.
    private void Tell(bool elsewhere)
    {
        if (elsewhere)
        {
            _answered.TellElsewhere();
        }
        else
        {
            _answered.TellHere();
        }
    }
}
