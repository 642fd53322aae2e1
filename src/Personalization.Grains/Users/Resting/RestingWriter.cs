namespace Personalization.Users;

/// <summary>
/// Writes the rows of a shard's users, one statement at a time. A row waits as long as it may: what comes meanwhile shares the write. Used by its shard only.
/// </summary>
/// <param name="services">What the shards share.</param>
/// <param name="applier">Applies what is to be written.</param>
/// <param name="written">Takes a user's new version, or null when the row was not written or may not have been; on the shard's turn.</param>
/// <param name="post">Puts an action into the shard's mailbox.</param>
internal sealed class RestingWriter(RestingServices services, RestingApplier applier, Action<RestingUser, long?> written, Action<Action> post)
{
    // A statement costs the database much more than a row in it, so those that are not full keep a distance.
    private static readonly TimeSpan BetweenStatements = TimeSpan.FromMilliseconds(25);
    private readonly DueQueue<RestingUser> _due = new(services.Time);
    private readonly RetryGate _gate = new(services.Time);
    private long _next = long.MinValue;
    private bool _writes;

    /// <summary>Writes a user's row.</summary>
    /// <param name="user">The user.</param>
    /// <param name="delay">How long it may wait.</param>
    public void Add(RestingUser user, TimeSpan delay)
    {
        var due = _due.After(delay);
        if (due < user.DueAt)
        {
            user.DueAt = due;
            _due.Add(user, due);
        }
    }

    /// <summary>Ends the wait of all that wait now.</summary>
    public void Hasten() => _due.Hasten();

    /// <summary>Sets a timer.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="at">When it fires (a timestamp).</param>
    public void Arm(ITimer timer, long at) => _due.Arm(timer, at);

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

        var (users, writes) = Due();
        if (users.Count > 0)
        {
            _writes = true;
            _next = _due.After(BetweenStatements);
            _ = WriteAsync(users, writes);
            return long.MaxValue;
        }

        return _due.NextAt;
    }

    private (List<RestingUser> Users, List<UserWrite> Writes) Due()
    {
        var (users, writes) = (new List<RestingUser>(), new List<UserWrite>());
        while (users.Count < services.Table.MaxBatch && _due.TryTake(out var user, out var at))
        {
            if (user.DueAt == at)
            {
                user.DueAt = long.MaxValue;
                if (user.Stage == RestingStage.Resting && !user.IsEmpty && Prepare(user) is { } write)
                {
                    users.Add(user);
                    writes.Add(write);
                }
            }
        }

        return (users, writes);
    }

    private UserWrite? Prepare(RestingUser user)
    {
        try
        {
            var change = applier.Apply(user);
            var write = user.BeginWrite(change, UserHolder.None);
            if (change.Payload != user.Payload)
            {
                return write;
            }

            // Everything in it is stored already.
            user.EndWrite(write, user.Version);
        }
        catch (Exception exception)
        {
            RestingLog.Failed(services.Logger, exception);
            user.FailAll(exception);
        }

        return null;
    }

    private async Task WriteAsync(List<RestingUser> users, List<UserWrite> writes)
    {
        try
        {
            var versions = await services.Table.WriteAsync(writes);
            post(() => Ended(users, writes, versions));
        }
        catch (Exception exception)
        {
            RestingLog.NotWritten(services.Logger, users.Count, exception);
            post(() => Ended(users, writes, null));
        }
    }

    private void Ended(List<RestingUser> users, List<UserWrite> writes, long?[]? versions)
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
            if (users[i].EndWrite(writes[i], versions?[i]) is { Length: > 0 } stored)
            {
                services.Trending.Add(stored);
            }

            written(users[i], versions?[i]);
        }
    }
}
