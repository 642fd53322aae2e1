using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Engine;

/// <summary>
/// Takes what waits, runs the model over it and hands each request its answer. Work-conserving: it never waits for a fuller batch, the
/// next batch is what queued while the last one ran. One thread at a time.
/// </summary>
internal sealed partial class BatchWorker : IDisposable
{
    private readonly int _number;
    private readonly RequestQueue _queue;
    private readonly RunCost _cost;
    private readonly IModelSlot _slot;
    private readonly LengthBuckets _buckets;
    private readonly TimeProvider _time;
    private readonly InferenceInstruments _instruments;
    private readonly ILogger _logger;
    private readonly CandidateSelector _selector;
    private readonly InferenceJob[] _batch;
    private readonly List<InferenceJob> _late = [];
    private readonly float[] _scratch;

    public BatchWorker(
        int number,
        RequestQueue queue,
        RunCost cost,
        IModelSlot slot,
        LengthBuckets buckets,
        TimeProvider time,
        InferenceInstruments instruments,
        ILogger logger)
    {
        (_number, _queue, _cost, _slot) = (number, queue, cost, slot);
        (_buckets, _time, _instruments, _logger) = (buckets, time, instruments, logger);
        _batch = new InferenceJob[slot.Buffers.MaxBatch];
        _selector = new CandidateSelector(slot.Buffers.Width);
        _scratch = new float[slot.Buffers.Width];
    }

    /// <summary>Runs every shape twice: no request pays for a first run, and the second says what a run costs.</summary>
    public void WarmUp()
    {
        for (var bucket = 0; bucket < _buckets.Count; bucket++)
        {
            for (var batch = 1; batch <= _slot.Buffers.MaxBatch; batch++)
            {
                _slot.Run(batch, _buckets[bucket]);
                var started = _time.GetTimestamp();
                _slot.Run(batch, _buckets[bucket]);
                _cost.Add(bucket, batch, _time.GetTimestamp() - started);
            }
        }
    }

    /// <summary>Serves one batch.</summary>
    /// <param name="wait">Whether to wait for a request.</param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Step(bool wait)
    {
        var count = _queue.Take(_number, _batch, _late, wait);
        foreach (var job in _late)
        {
            job.Queued = _time.GetElapsedTime(job.EnqueuedAt);
            job.Complete(InferenceStatus.DeadlineExceeded);
        }

        _late.Clear();
        if (count > 0)
        {
            Execute(_batch.AsSpan(0, count));
            Array.Clear(_batch, 0, count);
        }

        return count >= 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _slot.Dispose();

    private void Execute(Span<InferenceJob> jobs)
    {
        var length = _buckets[jobs[0].Bucket];
        var started = _time.GetTimestamp();
        TimeSpan ran;
        try
        {
            for (var row = 0; row < jobs.Length; row++)
            {
                jobs[row].Sequence.Write(_slot.Buffers, row, length);
            }

            _slot.Run(jobs.Length, length);
            var ended = _time.GetTimestamp();
            _cost.Add(jobs[0].Bucket, jobs.Length, ended - started);
            ran = _time.GetElapsedTime(started, ended);
            _instruments.Ran(jobs.Length, ran);
        }
        catch (Exception e)
        {
            LogRunFailed(e, jobs.Length, length);
            Isolate(jobs);
            return;
        }

        for (var row = 0; row < jobs.Length; row++)
        {
            Answer(jobs[row], row, _time.GetElapsedTime(jobs[row].EnqueuedAt, started), ran);
        }
    }

    // The request that breaks a run must not take its batch-mates with it: each gets a run of its own.
    private void Isolate(Span<InferenceJob> jobs)
    {
        if (jobs.Length == 1)
        {
            jobs[0].Complete(InferenceStatus.Failed);
            return;
        }

        for (var row = 0; row < jobs.Length; row++)
        {
            Execute(jobs.Slice(row, 1));
        }
    }

    private void Answer(InferenceJob job, int row, TimeSpan queued, TimeSpan ran)
    {
        try
        {
            (job.Queued, job.Ran) = (queued, ran);
            _instruments.Queued(queued);
            var scores = _slot.Buffers.Scores.AsSpan(row * _slot.Buffers.Width, _slot.Buffers.Width);
            job.Churn = _slot.Buffers.Churn[row];
            job.LogSum = LogSumExp(scores[1..]);
            if (!float.IsFinite(job.LogSum) || !float.IsFinite(job.Churn))
            {
                LogNotFinite(row);
                job.Complete(InferenceStatus.Failed);
                return;
            }

            job.BestCount = job.Candidates is { } candidates
                ? Rank(scores, candidates, job)
                : _selector.Select(scores, job.Selection!, job.Best, job.BestScores);
            job.Complete(InferenceStatus.Ok);
        }
        catch (Exception e)
        {
            LogAnswerFailed(e);
            job.Complete(InferenceStatus.Failed);
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
}
