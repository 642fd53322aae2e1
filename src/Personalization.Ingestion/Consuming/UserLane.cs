namespace Personalization.Ingestion;

/// <summary>
/// One user's batches of one partition, in order: while one is being applied, what comes later waits here. Guarded by the lock of its session; gone when empty.
/// </summary>
/// <param name="userId">The user.</param>
internal sealed class UserLane(string userId)
{
    private UserBatch? _newest;

    /// <summary>The user.</summary>
    public string UserId { get; } = userId;

    /// <summary>The batch that is being applied or is the next.</summary>
    public UserBatch? Head { get; private set; }

    /// <summary>Whether one of its batches could not be applied: its bytes count for its partition, no longer for all that is in flight.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Bytes of its batches.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            for (var batch = Head; batch is not null; batch = batch.Next)
            {
                bytes += batch.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>How often one of its batches met a damaged row.</summary>
    public int Damages { get; set; }

    /// <summary>Adds an event to the newest batch that is not sent yet, or to a new one.</summary>
    /// <param name="session">The partition.</param>
    /// <param name="item">The event.</param>
    /// <param name="maxEvents">Events of a batch at most.</param>
    /// <returns>Whether the lane was empty before.</returns>
    public bool Add(PartitionSession session, in PendingEvent item, int maxEvents)
    {
        if (_newest is { } open && open.TryAdd(item, maxEvents))
        {
            return false;
        }

        var batch = new UserBatch(session, this, item);
        var wasEmpty = Head is null;
        if (wasEmpty)
        {
            Head = batch;
        }
        else
        {
            _newest!.Next = batch;
        }

        _newest = batch;
        return wasEmpty;
    }

    /// <summary>Goes on to the next batch.</summary>
    /// <returns>The batch; null: the lane is empty.</returns>
    public UserBatch? Advance()
    {
        Head = Head!.Next;
        _newest = Head is null ? null : _newest;
        return Head;
    }
}
