using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using Personalization.Inference.Scoring;

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

    private readonly InferenceInstruments _instruments;
    private readonly ILogger _logger;
    private readonly CatalogueScorer? _scorer;
    private readonly LastRuns? _lastRuns;
    private readonly CandidateSelector _selector;
    private readonly float[] _scratch;
    private readonly ManualResetEventSlim _isFree = new(initialState: true);
    private readonly AnsweredJobs _answered = new();
    private TimeSpan _ran;
    private int _state;

    /// <summary>Creates a run.</summary>
    /// <param name="slot">Its buffers and graph.</param>
    /// <param name="scorer">Scores the items where the graph does not.</param>
    /// <param name="lastRuns">Keeps what it gives, if anybody does.</param>
    /// <param name="instruments">What is measured.</param>
    /// <param name="logger">Log.</param>
    public BatchRun(IModelSlot slot, CatalogueScorer? scorer, LastRuns? lastRuns, InferenceInstruments instruments, ILogger logger)
    {
        (Slot, _scorer, _lastRuns, _instruments, _logger) = (slot, scorer, lastRuns, instruments, logger);
        Jobs = new InferenceJob[slot.Buffers.MaxBatch];
        _selector = new CandidateSelector(slot.Buffers.Width);
        _scratch = new float[slot.Buffers.Width];
    }

    /// <summary>The buffers and the graph.</summary>
    public IModelSlot Slot { get; }

    /// <summary>The rows; as many as <see cref="Count"/> says.</summary>
    public InferenceJob[] Jobs { get; }

    /// <summary>Number of rows.</summary>
    public int Count { get; set; }

    /// <summary>The length class that all rows fit into; there is at least one.</summary>
    public int Bucket => InferenceJob.LongestBucket(Jobs.AsSpan(0, Count));

    /// <summary>Scores the items for all rows where the graph does not; a part of the run.</summary>
    public void Score() => _scorer?.Score(Jobs.AsSpan(0, Count), Slot.Buffers.Users);

    /// <summary>Scores the items for every number of rows and throws the answers away.</summary>
    /// <param name="time">Real time.</param>
    /// <returns>What it takes, timestamp ticks by the number of rows; nothing where the graph scores.</returns>
    public long[] TimeScoring(TimeProvider time)
    {
        var ticks = new long[Jobs.Length + 1];
        if (_scorer is not null)
        {
            InferenceJob[] jobs = [.. Jobs.Select(_ => new InferenceJob(0) { Candidates = [] })];
            _scorer.Score(jobs.AsSpan(0, 1), Slot.Buffers.Users);
            for (var rows = 1; rows <= jobs.Length; rows++)
            {
                var started = time.GetTimestamp();
                _scorer.Score(jobs.AsSpan(0, rows), Slot.Buffers.Users);
                ticks[rows] = time.GetTimestamp() - started;
            }
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
            _instruments.Queued(job.Queued);
            var buffers = Slot.Buffers;
            var scores = buffers.Scores.AsSpan(row * buffers.Width, buffers.Width);
            job.Churn = buffers.Churn[row];
            job.LogSum = _scorer is null ? LogSumExp(scores[1..]) : job.LogSum;
            if (!float.IsFinite(job.LogSum) || !float.IsFinite(job.Churn))
            {
                LogNotFinite(row);
                return InferenceStatus.Failed;
            }

            if (_scorer is null)
            {
                job.BestCount = job.Candidates is { } candidates
                    ? Rank(scores, candidates, job)
                    : _selector.Select(scores, job.Selection!, job.Best, job.BestScores);
            }

            if (_scorer is null || job.LogSum != 0)
            {
                _lastRuns?.Put(job, _scorer is null ? scores : buffers.Users.AsSpan(row * buffers.Dimension, buffers.Dimension));
            }

            return InferenceStatus.Ok;
        }
        catch (Exception e)
        {
            LogAnswerFailed(e);
            return InferenceStatus.Failed;
        }
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

    private float LogSumExp(ReadOnlySpan<float> scores)
    {
        var scratch = _scratch.AsSpan(0, scores.Length);
        var max = TensorPrimitives.Max(scores);
        TensorPrimitives.Subtract(scores, max, scratch);
        TensorPrimitives.Exp(scratch, scratch);
        return max + MathF.Log(TensorPrimitives.Sum(scratch));
    }

    [LoggerMessage(3001, LogLevel.Error, "The model's scores of row {Row} are not finite.")]
    private partial void LogNotFinite(int row);

    [LoggerMessage(3002, LogLevel.Error, "An answer could not be read from the model's scores.")]
    private partial void LogAnswerFailed(Exception exception);
}
