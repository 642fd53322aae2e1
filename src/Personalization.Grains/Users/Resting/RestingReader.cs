namespace Personalization.Users;

/// <summary>Reads the rows of a shard's users, one statement at a time. Used by its shard only.</summary>
/// <param name="services">What the shards share.</param>
/// <param name="read">Takes a user's row, or null where there is none; on the shard's turn.</param>
/// <param name="post">Puts an action into the shard's mailbox.</param>
internal sealed class RestingReader(RestingServices services, Action<RestingUser, UserRow?> read, Action<Action> post)
{
    private readonly Queue<RestingUser> _waiting = new();
    private readonly RetryGate _gate = new(services.Time);
    private bool _reads;

    /// <summary>Reads a user's row.</summary>
    /// <param name="user">The user.</param>
    public void Add(RestingUser user)
    {
        if (!user.IsBeingRead)
        {
            user.IsBeingRead = true;
            _waiting.Enqueue(user);
        }
    }

    /// <summary>Begins the next statement when it is time.</summary>
    /// <returns>When to come back (a timestamp); <see cref="long.MaxValue"/>: when something happens.</returns>
    public long Advance()
    {
        if (_reads || _waiting.Count == 0)
        {
            return long.MaxValue;
        }

        if (!_gate.IsOpen)
        {
            return _gate.OpensAt;
        }

        var users = new List<RestingUser>(Math.Min(_waiting.Count, services.Table.MaxBatch));
        while (users.Count < services.Table.MaxBatch && _waiting.TryDequeue(out var user))
        {
            users.Add(user);
        }

        _reads = true;
        _ = ReadAsync(users);
        return long.MaxValue;
    }

    private async Task ReadAsync(List<RestingUser> users)
    {
        try
        {
            var rows = await services.Table.ReadAsync(users.ConvertAll(static user => user.UserId));
            post(() => Succeeded(users, rows));
        }
        catch (Exception exception)
        {
            RestingLog.NotRead(services.Logger, users.Count, exception);
            post(() => Failed(users));
        }
    }

    private void Succeeded(List<RestingUser> users, UserRow?[] rows)
    {
        _reads = false;
        _gate.Open();
        for (var i = 0; i < users.Count; i++)
        {
            users[i].IsBeingRead = false;
            read(users[i], rows[i]);
        }
    }

    private void Failed(List<RestingUser> users)
    {
        _reads = false;
        _gate.Close();
        foreach (var user in users)
        {
            user.DropVoid();
            _waiting.Enqueue(user);
        }
    }
}
