namespace Personalization.Users;

/// <summary>
/// One user's state while its grain is active, shared by the classes that work on it. At rest it is the stored bytes: it is read from them when somebody
/// needs it and let go once it is durable, so that a million shoppers who do nothing cost little. Used on the grain's turn, but for what is for any thread.
/// </summary>
internal sealed class UserSession : IDurableState
{
    private const int EarlyRestLength = 64;
    private readonly StoredUser _stored;
    private readonly UserServices _services;
    private readonly IUserStateOwner _owner;
    private UserState? _state;
    private byte[]? _atRest;
    private Task _access = Task.CompletedTask;
    private long _content;

    public UserSession(string userId, StoredUser stored, UserServices services, IUserStateOwner owner, IGrainContext grain)
    {
        (UserId, _stored, _services, _owner) = (userId, stored, services, owner);
        Store = new UserStateStore(stored, this, grain, services.Snapshots);
        _state = Read();
    }

    public string UserId { get; }

    public UserStateStore Store { get; }

    /// <summary>
    /// The state as it is now. A change has to be noted (<see cref="ContentChanged"/> or <see cref="UserStateStore.Changed"/>) on the same turn; what was
    /// taken before a wait may be an older one after it.
    /// </summary>
    public UserState State => _state ??= Read();

    /// <summary>Rises with every change that a shelf may depend on. For any thread.</summary>
    public long Content => Volatile.Read(ref _content);

    /// <summary>Whether nothing is stored of the user, nothing waits to be, and nobody is looking.</summary>
    public bool IsEmpty => !_stored.Exists && !Store.IsDirty && _access.IsCompleted;

    /// <summary>Notes that sequence or positions changed.</summary>
    public void ContentChanged()
    {
        MoveOn();
        Store.Changed();
    }

    /// <summary>The stored form of all that is known of the user, when the grain itself works from nothing else. For any thread; nobody changes it.</summary>
    /// <param name="content">Gets what <see cref="Content"/> is with it.</param>
    /// <returns>The stored form; null when only the grain's turn knows.</returns>
    public byte[]? AtRest(out long content)
    {
        content = Content;
        var payload = Volatile.Read(ref _atRest);
        return content == Content ? payload : null;
    }

    /// <summary>Reads a stored form. For any thread.</summary>
    /// <param name="atRest">The stored form.</param>
    /// <returns>A state of its own.</returns>
    public UserState Read(byte[] atRest) => _services.States.Read(atRest, nextCheck: null);

    /// <summary>
    /// Lets the state go although it is not stored yet: its bytes wait instead. For short histories only, which cost less to read again than to keep as
    /// objects while the store is busy with others.
    /// </summary>
    public void RestEarly()
    {
        if (_state is { Sequence.Count: <= EarlyRestLength } && Store.IsDirty)
        {
            Capture(_stored.Record);
            LetGo();
        }
    }

    /// <summary>Reads the row again while there is none: whoever appends to a user without a row does not know of this activation.</summary>
    /// <returns>Completes when it is known whether there is one.</returns>
    public ValueTask LookAgainAsync() =>
        _stored.Exists || Store.IsDirty || !_services.Resting.IsOn ? ValueTask.CompletedTask : new(_access.IsCompleted ? FollowAsync(Store.ReadAsync) : _access);

    /// <summary>Makes sure that there is a row, so that whoever appends to it learns of this activation.</summary>
    /// <returns>Completes when there is one.</returns>
    public ValueTask HoldAsync() => _stored.Exists || !_services.Resting.IsOn ? ValueTask.CompletedTask : new(CreateAsync());

    /// <summary>Lets the state go unless there is something in it that is not stored yet.</summary>
    public void Rest()
    {
        if (!Store.IsDirty)
        {
            LetGo();
        }
    }

    private async Task CreateAsync()
    {
        while (!_access.IsCompleted)
        {
            await _access;
        }

        if (!_stored.Exists)
        {
            await FollowAsync(Store.CreateAsync);
        }
    }

    // Whoever comes meanwhile waits for it: two at a time would each have a version of the row.
    private Task FollowAsync(Func<Task> access) => _access = AccessAsync(access);

    private async Task AccessAsync(Func<Task> access)
    {
        try
        {
            await access();
        }
        catch (Exception exception)
        {
            // Whoever asks gets what is in memory.
            UserLog.RowNotReached(_services.Logger, UserHash.Of(UserId), exception);
        }

        if (_stored.Exists && !Store.IsDirty)
        {
            MoveOn();
            LetGo();
        }
    }

    // What was at rest is of the content before: it goes first.
    private void MoveOn()
    {
        Volatile.Write(ref _atRest, null);
        Volatile.Write(ref _content, _content + 1);
    }

    private void LetGo()
    {
        _state = null;
        if (_stored.Exists && !ReferenceEquals(_atRest, _stored.Record.Payload))
        {
            Volatile.Write(ref _atRest, _stored.Record.Payload);
        }
    }

    void IDurableState.Capture(UserRecord record)
    {
        if (_state is not null)
        {
            Capture(record);
        }
    }

    private void Capture(UserRecord record)
    {
        record.Payload = UserStateCodec.Encode(State);
        record.NextCheck = _services.States.NextCheck(State, record.NextCheck);
    }

    void IDurableState.Written() => Rest();

    void IDurableState.Failed(Exception exception) => _owner.WriteFailed(exception);

    private UserState Read() => _services.States.Read(_stored.Record.Payload, _stored.Record.NextCheck);
}
