namespace Personalization.Users;

/// <summary>
/// Writes the rows of a shard's users, one statement at a time. A row waits as long as it may: what comes meanwhile shares the write. Used by its shard only.
/// </summary>
/// <param name="services">What the shards share.</param>
/// <param name="written">Takes a user's new version, or null when the row was not written or may not have been; on the shard's turn.</param>
/// <param name="post">Puts an action into the shard's mailbox.</param>
internal sealed class RestingWriter(RestingServices services, Action<RestingUser, long?> written, Action<Action> post)
{
    // A statement costs the database much more than a row in it, so those that are not full keep a distance.
    private static readonly TimeSpan BetweenStatements = TimeSpan.FromMilliseconds(25);
    private readonly PriorityQueue<RestingUser, long> _due = new();
    private readonly RetryGate _gate = new(services.Time);
    private long _hastened = long.MinValue;
    private long _latest = long.MinValue;
    private long _next = long.MinValue;
    private bool _writes;

    /// <summary>Writes a user's row.</summary>
    /// <param name="user">The user.</param>
    /// <param name="delay">How long it may wait.</param>
    public void Add(RestingUser user, TimeSpan delay)
    {
        var due = services.Time.GetTimestamp() + (long)(Math.Max(0, delay.TotalSeconds) * services.Time.TimestampFrequency);
        if (due < user.DueAt)
        {
            user.DueAt = due;
            _due.Enqueue(user, due);
            _latest = Math.Max(_latest, due);
        }
    }

    /// <summary>Ends the wait of all that wait now.</summary>
    public void Hasten() => _hastened = _latest;

    /// <summary>Begins the next statement when it is time.</summary>
    /// <returns>When to come back (a timestamp); <see cref="long.MaxValue"/>: when something happens.</returns>
    public long Advance()
    {
        if (_writes)
        {
            return long.MaxValue;
        }

        if (_due.Count > 0 && !_gate.IsOpen)
        {
            return _gate.OpensAt;
        }

        if (_due.Count > 0 && _due.Count < services.Table.MaxBatch && services.Time.GetTimestamp() < _next)
        {
            return _next;
        }

        var users = Due();
        if (users.Count > 0)
        {
            _writes = true;
            _next = services.Time.GetTimestamp() + (long)(BetweenStatements.TotalSeconds * services.Time.TimestampFrequency);
            _ = WriteAsync(users, users.ConvertAll(static user => user.BeginWrite(UserHolder.None)));
            return long.MaxValue;
        }

        return _due.TryPeek(out _, out var next) ? next : long.MaxValue;
    }

    private List<RestingUser> Due()
    {
        var users = new List<RestingUser>();
        var now = Math.Max(services.Time.GetTimestamp(), _hastened);
        while (users.Count < services.Table.MaxBatch && _due.TryPeek(out var user, out var at) && at <= now)
        {
            _due.Dequeue();
            if (user.DueAt == at)
            {
                user.DueAt = long.MaxValue;
                if (user.Stage == RestingStage.Resting && !user.IsEmpty)
                {
                    users.Add(user);
                }
            }
        }

        return users;
    }

    private async Task WriteAsync(List<RestingUser> users, List<UserWrite> writes)
    {
        try
        {
            var versions = await services.Table.WriteAsync(writes);
            post(() => Ended(users, versions));
        }
        catch (Exception exception)
        {
            RestingLog.NotWritten(services.Logger, users.Count, exception);
            post(() => Ended(users, null));
        }
    }

    private void Ended(List<RestingUser> users, long?[]? versions)
    {
        _writes = false;
        if (versions is null)
        {
            _gate.Close();
        }
        else
        {
            _gate.Open();
        }

        for (var i = 0; i < users.Count; i++)
        {
            users[i].EndWrite(versions?[i]);
            written(users[i], versions?[i]);
        }
    }
}
