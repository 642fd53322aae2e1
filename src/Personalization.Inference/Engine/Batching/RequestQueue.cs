namespace Personalization.Inference.Engine;

/// <summary>
/// Bounded queue of an engine and the policy of its batches. The most urgent priority goes first; within it the length class whose head
/// waits longest, as many as fit into a run, together with other classes where all that waits then takes less time (<see cref="RunPlan"/>).
/// A lower priority never rides along: it would make the urgent ones wait for its rows. What cannot be answered in time is refused when it
/// comes, or given back as late, each for itself. When the queue has fallen behind, the newest go first: they can still make it (adaptive
/// LIFO). After a second without a run that shows what its class takes, one is taken in whatever such runs are believed to take: else a machine that was slow for a
/// while would be refused for ever.
/// </summary>
internal sealed class RequestQueue
{
    private const int Priorities = 3;
    private static readonly TimeSpan DoubtAfter = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private readonly JobList[][] _lists;
    private readonly int[] _counts = new int[Priorities];
    private readonly RunCost _cost;
    private readonly RunPlan _plan;
    private readonly int _capacity;
    private readonly int _maxBatch;
    private readonly TimeProvider _time;
    private readonly long[] _busyUntil;
    private readonly long _longestRun;
    private readonly long _doubtAfter;
    private readonly long[] _tries;
    private long _interactiveUntil = long.MinValue;
    private int _waiting;
    private bool _closed;

    /// <summary>Creates a queue.</summary>
    /// <param name="buckets">Number of length classes.</param>
    /// <param name="cost">What runs take.</param>
    /// <param name="options">Capacity, largest and longest run, workers.</param>
    /// <param name="time">Real time, for deadlines.</param>
    public RequestQueue(int buckets, RunCost cost, InferenceOptions options, TimeProvider time)
    {
        (_cost, _capacity, _maxBatch, _time) = (cost, options.QueueCapacity, options.MaxBatch, time);
        _longestRun = (long)(options.LongestRun.TotalSeconds * time.TimestampFrequency);
        _plan = new RunPlan(cost, options.MaxBatch, _longestRun, buckets);
        _doubtAfter = (long)(DoubtAfter.TotalSeconds * time.TimestampFrequency);
        _tries = new long[buckets];
        _busyUntil = new long[options.Workers];
        _lists = [.. Enumerable.Range(0, Priorities).Select(_ => Enumerable.Range(0, buckets).Select(_ => new JobList()).ToArray())];
    }

    /// <summary>Jobs that wait.</summary>
    public int Count => Volatile.Read(ref _waiting);

    /// <summary>Whether nothing waits, as of a moment ago.</summary>
    public bool IsEmpty => Volatile.Read(ref _waiting) == 0;

    /// <summary>How long it takes until a short interactive request that comes now has had its run; <see cref="TimeSpan.MaxValue"/> when there is no room.</summary>
    /// <remarks>As of the last request that came or run that began: it is asked several times for each request, so it takes no lock.</remarks>
    public TimeSpan ExpectedTime
    {
        get
        {
            if (Volatile.Read(ref _counts[(int)InferencePriority.Interactive]) >= _capacity)
            {
                return TimeSpan.MaxValue;
            }

            var now = _time.GetTimestamp();
            return IsInDoubt(0, InferencePriority.Interactive, now)
                ? TimeSpan.Zero
                : _time.GetElapsedTime(now, Math.Max(now, Volatile.Read(ref _interactiveUntil)) + _cost.Of(0, 1));
        }
    }

    /// <summary>Queues a job.</summary>
    /// <param name="job">The job.</param>
    /// <returns>Whether there was room and time, and the queue was open.</returns>
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

            var now = _time.GetTimestamp();
            var end = FreeFor(job.Priority, now) + _cost.Of(job.Bucket, 1);
            if (end > job.Deadline)
            {
                if (!IsInDoubt(job.Bucket, job.Priority, now))
                {
                    return QueueOutcome.TooLate;
                }

                job.Deadline = end + _doubtAfter;
                Volatile.Write(ref _tries[job.Bucket], now);
            }

            count++;
            _waiting++;
            _lists[(int)job.Priority][job.Bucket].Add(job);
            Volatile.Write(ref _interactiveUntil, FreeFor(InferencePriority.Interactive, now));
            Monitor.Pulse(_lock);
            return QueueOutcome.Added;
        }
    }

    /// <summary>Takes the jobs of the next run: all of one priority.</summary>
    /// <param name="worker">Who runs them.</param>
    /// <param name="batch">Gets the jobs.</param>
    /// <param name="late">Gets those that cannot be answered in time any more, of whatever class.</param>
    /// <param name="wait">Whether to wait for a job.</param>
    /// <returns>Number of jobs in <paramref name="batch"/>; -1 when the queue is closed and empty.</returns>
    public int Take(int worker, InferenceJob[] batch, List<InferenceJob> late, bool wait)
    {
        lock (_lock)
        {
            if (_waiting == 0)
            {
                // It may have been quicker than was believed when it took the run.
                var free = _time.GetTimestamp();
                _busyUntil[worker] = free;
                Volatile.Write(ref _interactiveUntil, FreeFor(InferencePriority.Interactive, free));
            }

            while (_waiting == 0)
            {
                if (_closed || !wait)
                {
                    return _closed ? -1 : 0;
                }

                Monitor.Wait(_lock);
            }

            var now = _time.GetTimestamp();
            RemoveLate(now, late);
            var count = Fill(batch, now);
            _busyUntil[worker] = now;
            if (count > 0)
            {
                var bucket = InferenceJob.LongestBucket(batch.AsSpan(0, count));
                _busyUntil[worker] += _cost.Of(bucket, count);
            }

            // Who cannot make it after this run is told now and not after it.
            RemoveLate(_busyUntil.Min(), late);
            Volatile.Write(ref _interactiveUntil, FreeFor(InferencePriority.Interactive, now));
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

    // Nothing has shown for a while what a run of the class takes, none is about to, and one that comes now would be the next.
    private bool IsInDoubt(int bucket, InferencePriority priority, long now) =>
        now - Math.Max(_cost.LearnedAt(bucket), Volatile.Read(ref _tries[bucket])) > _doubtAfter && !_counts.AsSpan(0, (int)priority + 1).ContainsAnyExcept(0);

    // When the run of one that comes now may begin.
    private long FreeFor(InferencePriority of, long now)
    {
        var free = Math.Max(now, _busyUntil.Min());
        var urgent = (int)of;
        var ahead = 0L;
        for (var priority = 0; priority <= urgent; priority++)
        {
            // Fallen behind, its own class serves it next.
            if (_counts[priority] == 0 || (priority == urgent && IsBehind(_lists[urgent], now)))
            {
                continue;
            }

            for (var bucket = 0; bucket < _lists[priority].Length; bucket++)
            {
                ahead += _cost.OfBacklog(bucket, _lists[priority][bucket].Count, _maxBatch, _longestRun);
            }
        }

        return free + (ahead / _busyUntil.Length);
    }

    private void RemoveLate(long from, List<InferenceJob> late)
    {
        for (var priority = 0; priority < Priorities; priority++)
        {
            for (var bucket = 0; _counts[priority] > 0 && bucket < _lists[priority].Length; bucket++)
            {
                var end = from + _cost.Of(bucket, 1);
                for (var job = _lists[priority][bucket].Oldest; job is not null;)
                {
                    var next = job.Newer;
                    if (job.Deadline < end || job.IsDone)
                    {
                        Remove(job);
                        late.Add(job);
                    }

                    job = next;
                }
            }
        }
    }

    private int Fill(InferenceJob[] batch, long now)
    {
        var priority = Array.FindIndex(_counts, static count => count > 0);
        if (priority < 0)
        {
            return 0;
        }

        var lists = _lists[priority];
        var newestFirst = IsBehind(lists, now);
        var bucket = Next(lists, newestFirst);
        var (first, last) = newestFirst ? (bucket, bucket) : _plan.RunWith(bucket, lists);
        var count = first < last ? TakeClasses(lists.AsSpan(first, last - first + 1), last, batch, now) : 0;
        return count > 0 ? count : TakeClass(lists[bucket], batch, now, newestFirst);
    }

    // All that waits in several classes, the last of which is the longest; none where that makes one of them late.
    private int TakeClasses(ReadOnlySpan<JobList> classes, int last, InferenceJob[] batch, long now)
    {
        var (count, end) = (0, now + _longestRun);
        foreach (var list in classes)
        {
            count += list.Count;
            for (var job = list.Oldest; job is not null; job = job.Newer)
            {
                end = Math.Min(end, job.Deadline);
            }
        }

        if (now + _cost.Of(last, count) > end)
        {
            return 0;
        }

        var row = 0;
        foreach (var list in classes)
        {
            while (list.Oldest is { } job)
            {
                Remove(job);
                batch[row++] = job;
            }
        }

        return count;
    }

    private int TakeClass(JobList list, InferenceJob[] batch, long now, bool newestFirst)
    {
        var (count, end) = (0, now + _longestRun);
        while (count < batch.Length && (newestFirst ? list.Newest : list.Oldest) is { } job)
        {
            // A row more makes the run longer for all in it: none may miss its deadline by that.
            end = Math.Min(end, job.Deadline);
            if (count > 0 && now + _cost.Of(job.Bucket, count + 1) > end)
            {
                break;
            }

            Remove(job);
            batch[count++] = job;
        }

        return count;
    }

    private void Remove(InferenceJob job)
    {
        _counts[(int)job.Priority]--;
        _waiting--;
        _lists[(int)job.Priority][job.Bucket].Remove(job);
    }

    // The one that waits longest has spent more than half of its time waiting.
    private static bool IsBehind(JobList[] lists, long now)
    {
        InferenceJob? oldest = null;
        foreach (var list in lists)
        {
            if (list.Oldest is { } head && (oldest is null || head.EnqueuedAt < oldest.EnqueuedAt))
            {
                oldest = head;
            }
        }

        return oldest is not null && now - oldest.EnqueuedAt > oldest.Deadline - now;
    }

    private static int Next(JobList[] lists, bool newestFirst)
    {
        var next = 0;
        for (var bucket = 1; bucket < lists.Length; bucket++)
        {
            var (list, best) = (lists[bucket], lists[next]);
            if (list.Count > 0 && (best.Count == 0 || (newestFirst
                    ? list.Newest!.EnqueuedAt > best.Newest!.EnqueuedAt
                    : list.Oldest!.EnqueuedAt < best.Oldest!.EnqueuedAt)))
            {
                next = bucket;
            }
        }

        return next;
    }
}
