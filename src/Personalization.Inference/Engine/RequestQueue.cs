namespace Personalization.Inference.Engine;

/// <summary>
/// Bounded queue of an engine. The most urgent priority goes first; within it the length class whose head waits longest, as many as a
/// run takes. A lower priority never rides along: it would make the urgent ones wait for its rows.
/// </summary>
internal sealed class RequestQueue
{
    private const int Priorities = 3;

    private readonly object _lock = new();
    private readonly Queue<InferenceJob>[][] _queues;
    private readonly int[] _counts = new int[Priorities];
    private readonly int _capacity;
    private readonly TimeProvider _time;
    private bool _closed;

    /// <summary>Creates a queue.</summary>
    /// <param name="buckets">Number of length classes.</param>
    /// <param name="capacity">Most jobs of one priority.</param>
    /// <param name="time">Real time, for deadlines.</param>
    public RequestQueue(int buckets, int capacity, TimeProvider time)
    {
        _capacity = capacity;
        _time = time;
        _queues = [.. Enumerable.Range(0, Priorities).Select(_ => Enumerable.Range(0, buckets).Select(_ => new Queue<InferenceJob>()).ToArray())];
    }

    /// <summary>Jobs that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _counts.Sum();
            }
        }
    }

    /// <summary>Queues a job.</summary>
    /// <param name="job">The job.</param>
    /// <returns>Whether there was room and the queue was open.</returns>
    public QueueOutcome TryAdd(InferenceJob job)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return QueueOutcome.Closed;
            }

            ref var count = ref _counts[(int)job.Priority];
            if (count >= _capacity)
            {
                return QueueOutcome.Full;
            }

            count++;
            _queues[(int)job.Priority][job.Bucket].Enqueue(job);
            Monitor.Pulse(_lock);
            return QueueOutcome.Added;
        }
    }

    /// <summary>Takes the jobs of the next run: all of one priority and length class.</summary>
    /// <param name="batch">Gets the jobs.</param>
    /// <param name="late">Gets those whose time is over.</param>
    /// <param name="wait">Whether to wait for a job.</param>
    /// <returns>Number of jobs in <paramref name="batch"/>; -1 when the queue is closed and empty.</returns>
    public int Take(InferenceJob[] batch, List<InferenceJob> late, bool wait)
    {
        lock (_lock)
        {
            Queue<InferenceJob>? queue;
            while ((queue = Next()) is null)
            {
                if (_closed || !wait)
                {
                    return _closed ? -1 : 0;
                }

                Monitor.Wait(_lock);
            }

            var now = _time.GetTimestamp();
            var count = 0;
            while (count < batch.Length && queue.TryDequeue(out var job))
            {
                _counts[(int)job.Priority]--;
                if (job.Done.IsCompleted)
                {
                    continue;
                }

                if (job.Deadline <= now)
                {
                    late.Add(job);
                }
                else
                {
                    batch[count++] = job;
                }
            }

            return count;
        }
    }

    /// <summary>Takes no more jobs in; those that wait are still served.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.PulseAll(_lock);
        }
    }

    private Queue<InferenceJob>? Next()
    {
        for (var priority = 0; priority < Priorities; priority++)
        {
            if (_counts[priority] == 0)
            {
                continue;
            }

            Queue<InferenceJob>? oldest = null;
            foreach (var queue in _queues[priority])
            {
                if (queue.TryPeek(out var head) && (oldest is null || head.EnqueuedAt < oldest.Peek().EnqueuedAt))
                {
                    oldest = queue;
                }
            }

            return oldest;
        }

        return null;
    }
}
