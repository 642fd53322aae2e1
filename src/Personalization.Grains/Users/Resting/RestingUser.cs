using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// A user without a grain here: the stored form and the batches that are not stored yet. They are applied when the row is written, all that wait at once, and
/// kept whole until it is, so that they can be applied again to a row that turns out to be another one. Used by its shard only.
/// </summary>
/// <param name="userId">The user.</param>
internal sealed class RestingUser(string userId)
{
    private Link? _first;
    private Link? _last;
    private Link? _lastWritten;
    private BehaviorEvent[] _written = [];

    /// <summary>The user.</summary>
    public string UserId { get; } = userId;

    /// <summary>What becomes of its batches.</summary>
    public RestingStage Stage { get; set; }

    /// <summary>The stored form, as the row has it.</summary>
    public byte[] Payload { get; private set; } = [];

    /// <summary>The check that is stored beside it.</summary>
    public DateTimeOffset? NextCheck { get; private set; }

    /// <summary>Version of the row; 0: there is none.</summary>
    public long Version { get; private set; }

    /// <summary>When it is to be stored (a timestamp); <see cref="long.MaxValue"/>: it is not waiting.</summary>
    public long DueAt { get; set; } = long.MaxValue;

    /// <summary>When it was learnt that another silo holds it (a timestamp).</summary>
    public long ElsewhereSince { get; set; }

    /// <summary>Whether it was used since it was last looked at for room.</summary>
    public bool IsRecent { get; set; }

    /// <summary>The grain that waits for it to be stored.</summary>
    public TaskCompletionSource? Waker { get; set; }

    /// <summary>Whether its row is being read.</summary>
    public bool IsBeingRead { get; set; }

    /// <summary>Whether its row is being written.</summary>
    public bool IsBeingWritten { get; private set; }

    /// <summary>Whether a batch is on its way to the grain elsewhere.</summary>
    public bool IsBeingSent { get; set; }

    /// <summary>Whether it can be forgotten: nothing waits or is under way, and it was not used lately.</summary>
    public bool CanGo => IsEmpty && !IsRecent && !IsBeingRead && !IsBeingWritten && !IsBeingSent && (Stage is RestingStage.Resting or RestingStage.Elsewhere);

    /// <summary>Whether no batch waits.</summary>
    public bool IsEmpty => _first is null;

    /// <summary>The batch that waits longest.</summary>
    public EventBatch First => _first!.Batch;

    /// <summary>Adds a batch.</summary>
    /// <param name="batch">The batch.</param>
    public void Add(EventBatch batch)
    {
        var link = new Link(batch);
        if (_last is null)
        {
            _first = link;
        }
        else
        {
            _last.Next = link;
        }

        _last = link;
    }

    /// <summary>Takes the batch that waits longest.</summary>
    /// <returns>The batch.</returns>
    public EventBatch Take()
    {
        var link = _first!;
        _first = link.Next;
        _last = _first is null ? null : _last;
        _lastWritten = _lastWritten == link ? null : _lastWritten;
        return link.Batch;
    }

    /// <summary>A write begins with everything that waits.</summary>
    /// <param name="changed">The stored form and its check, with that applied.</param>
    /// <param name="holder">The silo that holds the user from then on.</param>
    /// <returns>What to write.</returns>
    public UserWrite BeginWrite(in RestingChange changed, long holder)
    {
        IsBeingWritten = true;
        _lastWritten = _last;
        _written = changed.Kept;
        return new UserWrite(UserId, Version, changed.NextCheck?.ToUnixTimeMilliseconds(), changed.Payload, holder);
    }

    /// <summary>The write ended: what it held is durable, or waits to be applied again.</summary>
    /// <param name="write">What was written.</param>
    /// <param name="version">The new version; null: the row was not written or may not have been.</param>
    /// <returns>The events that are stored now and were not before.</returns>
    public BehaviorEvent[] EndWrite(UserWrite write, long? version)
    {
        var written = _written;
        (IsBeingWritten, _written) = (false, []);
        if (version is not { } now)
        {
            _lastWritten = null;
            return [];
        }

        Stored(now, write.Payload, write.NextCheck);
        while (_lastWritten is not null)
        {
            Take().Receipt!.Durable();
        }

        return written;
    }

    /// <summary>The row is known.</summary>
    /// <param name="version">Its version; 0: there is none.</param>
    /// <param name="payload">The stored form.</param>
    /// <param name="nextCheck">The check beside it, Unix milliseconds.</param>
    public void Stored(long version, byte[] payload, long? nextCheck) =>
        (Version, Payload, NextCheck) = (version, payload, nextCheck is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);

    /// <summary>The batches that wait, in order.</summary>
    /// <returns>Them.</returns>
    public IEnumerable<EventBatch> Waiting()
    {
        for (var link = _first; link is not null; link = link.Next)
        {
            yield return link.Batch;
        }
    }

    /// <summary>Takes all batches.</summary>
    /// <returns>Them, in order.</returns>
    public List<EventBatch> TakeAll()
    {
        var batches = new List<EventBatch>();
        while (!IsEmpty)
        {
            batches.Add(Take());
        }

        return batches;
    }

    /// <summary>Gives all batches back to their senders.</summary>
    /// <param name="exception">Why.</param>
    public void FailAll(Exception exception)
    {
        foreach (var batch in TakeAll())
        {
            batch.Receipt!.Failed(exception);
        }
    }

    /// <summary>Drops the batches that their sender gave up.</summary>
    public void DropVoid()
    {
        foreach (var batch in TakeAll())
        {
            if (batch.Receipt!.IsVoid)
            {
                batch.Receipt.Failed(new UserLeavesException());
            }
            else
            {
                Add(batch);
            }
        }
    }

    private sealed class Link(EventBatch batch)
    {
        public EventBatch Batch { get; } = batch;

        public Link? Next { get; set; }
    }
}
