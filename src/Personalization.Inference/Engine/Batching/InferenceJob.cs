using System.Threading.Tasks.Sources;
using Personalization.Inference.Encoding;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Engine;

/// <summary>One request on its way through the queue and a run. Reused, except after a cancellation, when a worker may still hold it.</summary>
/// <param name="maxLength">The model's longest input.</param>
/// <param name="totals">Numbers of the shopper's whole life that the graph asks for.</param>
internal sealed class InferenceJob(int maxLength, int totals = 0) : IValueTaskSource<InferenceStatus>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<InferenceStatus> _done;
    private int _isDone;

    public EncodedSequence Sequence { get; } = new(maxLength, totals);

    /// <summary>The job before this one in its list.</summary>
    public InferenceJob? Older { get; set; }

    /// <summary>The job after this one in its list.</summary>
    public InferenceJob? Newer { get; set; }

    public int Bucket { get; set; }

    public InferencePriority Priority { get; set; }

    public long EnqueuedAt { get; set; }

    public long Deadline { get; set; }

    /// <summary>Whose; empty when that is not known.</summary>
    public string UserId { get; set; } = "";

    /// <summary>Class of the time since the newest event.</summary>
    public int ElapsedClass { get; set; }

    /// <summary>What may be selected; null for a rank request.</summary>
    public Selection? Selection { get; set; }

    /// <summary>Model indices to score for a rank request; null otherwise.</summary>
    public int[]? Candidates { get; set; }

    /// <summary>How many items are asked for.</summary>
    public int Wanted => Candidates?.Length ?? Selection?.Count ?? 0;

    /// <summary>Model indices of the answer, best first.</summary>
    public int[] Best { get; private set; } = [];

    /// <summary>Their scores as the graph gave them.</summary>
    public float[] BestScores { get; private set; } = [];

    public int BestCount { get; set; }

    /// <summary>For the event that explains each of <see cref="Best"/>.</summary>
    public int[] Causes { get; private set; } = [];

    /// <summary>log of the sum of exponentials over the catalogue: turns a score into a probability.</summary>
    public float LogSum { get; set; }

    public float Churn { get; set; }

    public TimeSpan Queued { get; set; }

    public TimeSpan Ran { get; set; }

    /// <summary>How the run ended, for <see cref="Tell"/>.</summary>
    public InferenceStatus Status { get; set; }

    /// <summary>Completes when it is told or given up; for one who waits, who goes on at once on the thread that tells.</summary>
    public ValueTask<InferenceStatus> Done => new(this, _done.Version);

    /// <summary>Whether it is told or given up.</summary>
    public bool IsDone => Volatile.Read(ref _isDone) != 0;

    /// <summary>The length class of a run over some jobs.</summary>
    /// <param name="jobs">At least one.</param>
    /// <returns>The longest of theirs.</returns>
    public static int LongestBucket(ReadOnlySpan<InferenceJob> jobs)
    {
        var longest = 0;
        foreach (var job in jobs)
        {
            longest = Math.Max(longest, job.Bucket);
        }

        return longest;
    }

    /// <summary>Makes it ready for a request.</summary>
    /// <param name="capacity">Items of the answer at most.</param>
    public void Reset(int capacity)
    {
        if (IsDone)
        {
            _done.Reset();
            Volatile.Write(ref _isDone, 0);
        }

        if (Best.Length < capacity)
        {
            Best = new int[capacity];
            BestScores = new float[capacity];
            Causes = new int[capacity];
        }

        BestCount = 0;
        Queued = Ran = TimeSpan.Zero;
    }

    /// <summary>Tells <see cref="Status"/> to the one who waits, unless that was given up. The job is not to be touched after it.</summary>
    public void Tell()
    {
        if (Interlocked.Exchange(ref _isDone, 1) == 0)
        {
            _done.SetResult(Status);
        }
    }

    /// <summary>Tells this job and those linked behind it.</summary>
    public void TellAll()
    {
        for (var next = this; next is not null;)
        {
            (var told, next) = (next, next.Newer);
            told.Newer = null;
            told.Tell();
        }
    }

    void IThreadPoolWorkItem.Execute() => TellAll();

    /// <summary>Gives the request up.</summary>
    /// <param name="cancellationToken">Why.</param>
    public void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isDone, 1) == 0)
        {
            _done.SetException(new OperationCanceledException(cancellationToken));
        }
    }

    InferenceStatus IValueTaskSource<InferenceStatus>.GetResult(short token) => _done.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<InferenceStatus>.GetStatus(short token) => _done.GetStatus(token);

    void IValueTaskSource<InferenceStatus>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _done.OnCompleted(continuation, state, token, flags);
}
