using Microsoft.Extensions.Logging;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Engine;

/// <summary>
/// One run of a worker: its rows, the buffers they are in and the way from scores to answers. The answers are read from the scores beside the
/// worker, on the thread pool, while it runs the next batch over other buffers; when the pool has not come to it yet, the worker does it itself.
/// </summary>
internal sealed partial class BatchRun : IThreadPoolWorkItem, IDisposable
{
    private const int Free = 0;
    private const int Waiting = 1;
    private const int Finishing = 2;

    private readonly EngineServices _services;
    private readonly ILogger _logger;
    private readonly IRetrieval _retrieval;
    private readonly ManualResetEventSlim _isFree = new(initialState: true);
    private readonly AnsweredJobs _answered = new();
    private TimeSpan _ran;
    private int _state;

    /// <summary>Creates a run.</summary>
    /// <param name="slot">Its buffers and graph.</param>
    /// <param name="retrieval">Finds the best items in the buffers.</param>
    /// <param name="services">What runs share.</param>
    public BatchRun(IModelSlot slot, IRetrieval retrieval, EngineServices services)
    {
        (Slot, _retrieval, _services, _logger) = (slot, retrieval, services, services.Logger);
        Jobs = new InferenceJob[slot.Buffers.MaxBatch];
    }

    /// <summary>The buffers and the graph.</summary>
    public IModelSlot Slot { get; }

    /// <summary>The rows; as many as <see cref="Count"/> says.</summary>
    public InferenceJob[] Jobs { get; }

    /// <summary>Number of rows.</summary>
    public int Count { get; set; }

    /// <summary>The length class that all rows fit into; there is at least one.</summary>
    public int Bucket => InferenceJob.LongestBucket(Jobs.AsSpan(0, Count));

    /// <summary>Runs the model over the rows.</summary>
    /// <returns>What it took.</returns>
    public TimeSpan Run()
    {
        var jobs = Jobs.AsSpan(0, Count);
        var (bucket, time) = (Bucket, _services.Time);
        var (length, started) = (_services.Buckets[bucket], time.GetTimestamp());
        for (var row = 0; row < jobs.Length; row++)
        {
            jobs[row].Queued = time.GetElapsedTime(jobs[row].EnqueuedAt, started);
            jobs[row].Sequence.Write(Slot.Buffers, row, length);
        }

        Slot.Run(jobs.Length, length, _retrieval.Prepare(jobs));
        var isWhole = _retrieval.Score(jobs);
        var ended = time.GetTimestamp();
        if (isWhole)
        {
            _services.Cost.Add(bucket, jobs.Length, ended - started, ended);
        }

        var ran = time.GetElapsedTime(started, ended);
        _services.Instruments.Ran(jobs.Length, ran);
        return ran;
    }

    /// <summary>Says that the run failed.</summary>
    /// <param name="exception">Why.</param>
    public void LogRunFailed(Exception exception) => LogRunFailed(exception, Count, _services.Buckets[Bucket]);

    /// <summary>Does what belongs to a run beside the graph for every number of rows, and throws the answers away.</summary>
    /// <param name="time">Real time.</param>
    /// <returns>What it takes, timestamp ticks by the number of rows.</returns>
    public long[] TimeScoring(TimeProvider time)
    {
        var ticks = new long[Jobs.Length + 1];
        InferenceJob[] jobs = [.. Jobs.Select(_ => new InferenceJob(0) { Candidates = [] })];
        _retrieval.Score(jobs.AsSpan(0, 1));
        for (var rows = 1; rows <= jobs.Length; rows++)
        {
            var started = time.GetTimestamp();
            _retrieval.Score(jobs.AsSpan(0, rows));
            ticks[rows] = time.GetTimestamp() - started;
        }

        return ticks;
    }

    /// <summary>Reads the answers on the calling thread and hands them out.</summary>
    /// <param name="ran">What the run took.</param>
    /// <param name="elsewhere">Whether those who wait go on on the thread pool; otherwise here.</param>
    public void Finish(TimeSpan ran, bool elsewhere)
    {
        _ran = ran;
        AnswerAll();
        if (elsewhere)
        {
            _answered.TellElsewhere();
        }
        else
        {
            _answered.TellHere();
        }
    }

    /// <summary>
    /// Reads the answers on the calling thread, which is the nearest one while it has nothing else to do: one who waits for the first of them goes on there, the
    /// others on the thread pool.
    /// </summary>
    /// <param name="ran">What the run took.</param>
    /// <param name="hasMore">Whether the thread has something else to do by now.</param>
    public void FinishNear(TimeSpan ran, Func<bool> hasMore)
    {
        _ran = ran;
        AnswerAll();
        var first = _answered.TakeFirst();
        _answered.TellElsewhere();
        if (first is null || !hasMore())
        {
            first?.Tell();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(first, preferLocal: false);
        }
    }

    /// <summary>Reads the answers and hands them out on the thread pool; <see cref="Reclaim"/> comes before the next use.</summary>
    /// <param name="ran">What the run took.</param>
    public void FinishElsewhere(TimeSpan ran)
    {
        _ran = ran;
        _isFree.Reset();
        Volatile.Write(ref _state, Waiting);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Makes sure that the answers are read and the buffers are free.</summary>
    public void Reclaim()
    {
        if (Interlocked.CompareExchange(ref _state, Finishing, Waiting) == Waiting)
        {
            AnswerAll();
            _answered.TellElsewhere();
            Release();
        }
        else
        {
            _isFree.Wait();
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        if (Interlocked.CompareExchange(ref _state, Finishing, Waiting) == Waiting)
        {
            AnswerAll();
            var own = _answered.TakeTurn();
            _answered.TellElsewhere();

            // The worker does not wait for what those who are told do.
            Release();
            own?.TellAll();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Slot.Dispose();
        _isFree.Dispose();
    }

    private void Release()
    {
        Volatile.Write(ref _state, Free);
        _isFree.Set();
    }

    private void AnswerAll()
    {
        for (var row = 0; row < Count; row++)
        {
            _answered.Add(Jobs[row], Answer(Jobs[row], row));
        }

        Array.Clear(Jobs, 0, Count);
        Count = 0;
    }

    private InferenceStatus Answer(InferenceJob job, int row)
    {
        try
        {
            job.Ran = _ran;
            _services.Instruments.Queued(job.Queued);
            job.Churn = Slot.Buffers.Churn[row];
            var reusable = _retrieval.Read(job, row);
            if (!float.IsFinite(job.LogSum) || !float.IsFinite(job.Churn))
            {
                LogNotFinite(row);
                return InferenceStatus.Failed;
            }

            if (!reusable.IsEmpty)
            {
                _services.LastRuns?.Put(job, reusable);
            }

            return InferenceStatus.Ok;
        }
        catch (Exception e)
        {
            LogAnswerFailed(e);
            return InferenceStatus.Failed;
        }
    }

    [LoggerMessage(3000, LogLevel.Error, "A run of {Batch} requests of length {Length} failed.")]
    private partial void LogRunFailed(Exception exception, int batch, int length);

    [LoggerMessage(3001, LogLevel.Error, "The model's scores of row {Row} are not finite.")]
    private partial void LogNotFinite(int row);

    [LoggerMessage(3002, LogLevel.Error, "An answer could not be read from the model's scores.")]
    private partial void LogAnswerFailed(Exception exception);
}
