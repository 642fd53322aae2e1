namespace Personalization.Users;

/// <summary>
/// Makes one user's state durable. One write at a time; everything that changes while it runs goes into the next one, so any number of appends shares
/// a write. After a failure what is stored is unknown: nothing is written any more and the grain has to be read again.
/// </summary>
internal sealed class UserStateStore(IPersistentState<UserRecord> storage, IDurableState state)
{
    private Task _writing = Task.CompletedTask;
    private long _durable;
    private Exception? _failure;

    /// <summary>Rises with every change of the state in memory.</summary>
    public long Revision { get; private set; }

    /// <summary>Whether memory holds what is not durable yet.</summary>
    public bool IsDirty => _durable < Revision;

    /// <summary>The stored next check, or null.</summary>
    public DateTimeOffset? StoredNextCheck => storage.State.NextCheck;

    /// <summary>Notes that the state changed.</summary>
    public void Changed() => Revision++;

    /// <summary>Throws when an earlier write failed: this activation must not take anything in any more.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("The user's state could not be written; it is being read again. Send the same batch again.", failure);
        }
    }

    /// <summary>Makes everything that is in memory now durable.</summary>
    /// <returns>Completes when it is.</returns>
    public async Task SaveAsync()
    {
        var wanted = Revision;
        while (_durable < wanted)
        {
            ThrowIfFailed();
            if (_writing.IsCompleted)
            {
                _writing = WriteAsync();
            }

            await _writing;
        }
    }

    private async Task WriteAsync()
    {
        var revision = Revision;
        try
        {
            state.Capture(storage.State);
            await storage.WriteStateAsync();
            _durable = revision;
            state.Written();
        }
        catch (Exception e)
        {
            _failure = e;
            state.Failed(e);
            throw;
        }
    }
}
