using Personalization.Inference.Encoding;

namespace Personalization.Inference.Engine;

/// <summary>One request on its way through the queue and a run. Reused, except after a cancellation, when a worker may still hold it.</summary>
/// <param name="maxLength">The model's longest input.</param>
/// <param name="totals">Numbers of the shopper's whole life that the graph asks for.</param>
internal sealed class InferenceJob(int maxLength, int totals = 0)
{
    private TaskCompletionSource<InferenceStatus> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    /// <summary>Model indices of the answer, best first.</summary>
    public int[] Best { get; private set; } = [];

    /// <summary>Their scores as the graph gave them.</summary>
    public float[] BestScores { get; private set; } = [];

    public int BestCount { get; set; }

    /// <summary>log of the sum of exponentials over the catalogue: turns a score into a probability.</summary>
    public float LogSum { get; set; }

    public float Churn { get; set; }

    public TimeSpan Queued { get; set; }

    public TimeSpan Ran { get; set; }

    public Task<InferenceStatus> Done => _done.Task;

    public void Reset(int capacity)
    {
        if (_done.Task.IsCompleted)
        {
            _done = new TaskCompletionSource<InferenceStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (Best.Length < capacity)
        {
            Best = new int[capacity];
            BestScores = new float[capacity];
        }

        BestCount = 0;
        Queued = Ran = TimeSpan.Zero;
    }

    public void Complete(InferenceStatus status) => _done.TrySetResult(status);

    public void Cancel(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);
}
