using Personalization.Events;

namespace Personalization.Users;

/// <summary>Reads that wait until the state holds a place in the stream. Belongs to one grain; only deadlines come from elsewhere.</summary>
internal sealed class VersionWaiters(TimeProvider time)
{
    private readonly List<Waiter> _waiting = [];

    /// <summary>Waits for a place.</summary>
    /// <param name="position">The place.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the state holds it now.</returns>
    public async Task<bool> WaitAsync(StreamPosition position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return false;
        }

        var reached = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiter = new Waiter(position, reached);
        _waiting.Add(waiter);
        try
        {
            await using var timer = time.CreateTimer(static s => ((TaskCompletionSource<bool>)s!).TrySetResult(false), reached, timeout, Timeout.InfiniteTimeSpan);
            await using var cancel = cancellationToken.Register(static (s, token) => ((TaskCompletionSource<bool>)s!).TrySetCanceled(token), reached);
            return await reached.Task;
        }
        finally
        {
            _waiting.Remove(waiter);
        }
    }

    /// <summary>Lets those go whose place is held now.</summary>
    /// <param name="state">The state.</param>
    public void Release(UserState state)
    {
        foreach (var waiter in _waiting)
        {
            if (state.Covers(waiter.Position))
            {
                waiter.Reached.TrySetResult(true);
            }
        }
    }

    /// <summary>Lets all go without what they waited for.</summary>
    public void ReleaseAll() => _waiting.ForEach(w => w.Reached.TrySetResult(false));

    private sealed record Waiter(StreamPosition Position, TaskCompletionSource<bool> Reached);
}
