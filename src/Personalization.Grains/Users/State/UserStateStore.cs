using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// Makes one user's state durable. One write at a time; everything that changes while it waits or runs goes into the next one, so any number of appends
/// shares a write. After a failure what is stored is unknown: nothing is written any more and the grain has to be read again. Used on the grain's turn only.
/// </summary>
internal sealed class UserStateStore(StoredUser storage, IDurableState state, IGrainContext grain, SnapshotQueue snapshots)
{
    private static readonly Action<object> Due = static store => ((UserStateStore)store).StopWaiting();
    private AppendReceipt? _receipts;
    private AppendReceipt? _written;
    private long _durable;
    private bool _waits;
    private bool _due;
    private bool _wanted;
    private bool _writes;
    private Exception? _failure;

    /// <summary>Rises with every change of the state in memory.</summary>
    public long Revision { get; private set; }

    /// <summary>Whether memory holds what is not durable yet.</summary>
    public bool IsDirty => _durable < Revision;

    /// <summary>The stored next check, or null.</summary>
    public DateTimeOffset? StoredNextCheck => storage.Record.NextCheck;

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
    /// <param name="delay">How long the write may wait for changes that share it; default: not at all.</param>
    /// <returns>Completes when it is.</returns>
    public Task SaveAsync(TimeSpan delay = default)
    {
        if (!IsDirty)
        {
            return Task.CompletedTask;
        }

        var saved = new SaveReceipt();
        Save(saved, delay);
        return saved.Task;
    }

    /// <summary>Makes the row of a user who has none; what changes meanwhile is written after it. Where there is one after all, it is read.</summary>
    /// <returns>Completes when there is a row.</returns>
    public Task CreateAsync() => AccessAsync(async () =>
    {
        try
        {
            await storage.CreateAsync(unless: () => IsDirty);
        }
        catch (Exception exception) when (IsDirty && _failure is null)
        {
            Fail(exception);
        }
    });

    /// <summary>Reads the row of a user who has none, should there be one by now; what changes meanwhile is written after it.</summary>
    /// <returns>Completes when that is known.</returns>
    public Task ReadAsync() => AccessAsync(() => storage.ReadAsync(unless: () => IsDirty));

    /// <summary>Writes that this grain does not hold the user any more, with everything that is in memory.</summary>
    /// <returns>Completes when that is stored; throws when it is not.</returns>
    public Task LeaveAsync()
    {
        if (!storage.Exists && !IsDirty)
        {
            return Task.CompletedTask;
        }

        storage.Record.Held = false;
        Changed();
        return SaveAsync();
    }

    /// <summary>Gives up what is not stored yet, whatever becomes of a write under way: who waits for it hears that it is lost.</summary>
    public void Abandon()
    {
        if (IsDirty)
        {
            Fail(new TimeoutException("The user's state could not be written in time."));
        }
    }

    /// <summary>Makes everything that is in memory now durable and tells so.</summary>
    /// <param name="receipt">Hears of it.</param>
    /// <param name="delay">How long the write may wait for changes that share it.</param>
    public void Save(AppendReceipt receipt, TimeSpan delay)
    {
        if (_failure is { } failure)
        {
            receipt.Failed(failure);
            return;
        }

        if (!IsDirty)
        {
            receipt.Durable();
            return;
        }

        receipt.Following = _receipts;
        _receipts = receipt;
        if (delay <= TimeSpan.Zero)
        {
            Write();
        }
        else if (!_waits && !_wanted)
        {
            _waits = true;
            snapshots.Add(this, delay);
        }
    }

    /// <summary>The wait that <see cref="Save"/> began is over. For any thread.</summary>
    public void OnDue() => grain.Scheduler.QueueAction(Due, this);

    private void StopWaiting()
    {
        _waits = false;
        if (_due || !IsDirty || _failure is not null)
        {
            // Nothing to write, or the write that is under way goes on with it.
            snapshots.Done();
        }
        else
        {
            _due = true;
        }

        if (IsDirty)
        {
            Write();
        }
    }

    private void Write()
    {
        _wanted = true;
        if (!_writes)
        {
            _writes = true;
            _ = WriteAllAsync();
        }
    }

    private async Task WriteAllAsync()
    {
        while (_wanted && IsDirty && _failure is null)
        {
            _wanted = false;
            await WriteAsync();
        }

        _writes = _wanted = false;
        if (_due)
        {
            _due = false;
            snapshots.Done();
        }
    }

    // A row is accessed by one at a time: two would each make a version of it, and know of one.
    private async Task AccessAsync(Func<Task> access)
    {
        if (_writes || _failure is not null)
        {
            // The write that is under way makes the row.
            return;
        }

        _writes = true;
        try
        {
            await access();
        }
        finally
        {
            _ = WriteAllAsync();
        }
    }

    private async Task WriteAsync()
    {
        var revision = Revision;
        _written = TakeReceipts();
        try
        {
            state.Capture(storage.Record);
            await storage.WriteAsync();
        }
        catch (Exception exception)
        {
            Fail(exception);
            return;
        }

        if (_failure is not null)
        {
            // Given up meanwhile, and told so.
            return;
        }

        var receipts = _written;
        _written = null;
        _durable = revision;
        Tell(receipts, static receipt => receipt.Durable());
        if (!IsDirty)
        {
            // What came since repeats what this write held.
            Tell(TakeReceipts(), static receipt => receipt.Durable());
        }

        state.Written();
    }

    private void Fail(Exception exception)
    {
        if (_failure is not null)
        {
            // Given up before, and told so.
            return;
        }

        _failure = exception;
        var written = _written;
        _written = null;
        Tell(written, receipt => receipt.Failed(exception));
        Tell(TakeReceipts(), receipt => receipt.Failed(exception));
        state.Failed(exception);
    }

    private AppendReceipt? TakeReceipts()
    {
        var receipts = _receipts;
        _receipts = null;
        return receipts;
    }

    private static void Tell(AppendReceipt? receipt, Action<AppendReceipt> tell)
    {
        while (receipt is not null)
        {
            var following = receipt.Following;
            receipt.Following = null;
            tell(receipt);
            receipt = following;
        }
    }

    /// <summary>A caller of this grain that waits for durability.</summary>
    private sealed class SaveReceipt : AppendReceipt
    {
        private readonly TaskCompletionSource _saved = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _saved.Task;

        public override bool IsVoid => false;

        public override void Applied()
        {
        }

        public override void Durable() => _saved.TrySetResult();

        public override void Failed(Exception exception) => _saved.TrySetException(exception);
    }
}
