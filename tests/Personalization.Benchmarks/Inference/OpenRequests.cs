namespace Personalization.Benchmarks.Inference;

/// <summary>Counts requests that are not answered yet, without keeping anything of them: what a generator keeps, every garbage collection would have to move.</summary>
internal sealed class OpenRequests
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;

    /// <summary>One more.</summary>
    public void Begin() => Interlocked.Increment(ref _open);

    /// <summary>One is answered.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _all.TrySetResult();
        }
    }

    /// <summary>Completes when all are answered; none may begin after that.</summary>
    public Task AllAsync()
    {
        End();
        return _all.Task;
    }
}
