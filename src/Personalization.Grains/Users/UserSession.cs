using Personalization.Churn;

namespace Personalization.Users;

/// <summary>
/// One user's state while its grain is active, shared by the classes that work on it. At rest it is the stored bytes: it is read from them when somebody
/// needs it and let go once it is durable, so that a million shoppers who do nothing cost little. Used on the grain's turn only.
/// </summary>
internal sealed class UserSession : IDurableState
{
    private const int EarlyRestLength = 64;
    private readonly IPersistentState<UserRecord> _stored;
    private readonly UserServices _services;
    private readonly IUserStateOwner _owner;
    private UserState? _state;

    public UserSession(string userId, IPersistentState<UserRecord> stored, UserServices services, IUserStateOwner owner, IGrainContext grain)
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

    /// <summary>Rises with every change that a shelf may depend on.</summary>
    public long Content { get; private set; }

    /// <summary>Notes that sequence or positions changed.</summary>
    public void ContentChanged()
    {
        Content++;
        Store.Changed();
    }

    /// <summary>
    /// Lets the state go although it is not stored yet: its bytes wait instead. For short histories only, which cost less to read again than to keep as
    /// objects while the store is busy with others.
    /// </summary>
    public void RestEarly()
    {
        if (_state is { Sequence.Count: <= EarlyRestLength } && Store.IsDirty)
        {
            Capture(_stored.State);
            _state = null;
        }
    }

    /// <summary>Lets the state go unless there is something in it that is not stored yet.</summary>
    public void Rest()
    {
        if (!Store.IsDirty)
        {
            _state = null;
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

        // A warning that is not published yet is due at once: should this silo go now, a sweeper finds it.
        record.NextCheck = State.Churn.Unpublished is { } warning ? warning.DetectedAt : Planned(record.NextCheck, State.Churn.NextCheck);
    }

    void IDurableState.Written() => Rest();

    void IDurableState.Failed(Exception exception) => _owner.WriteFailed(exception);

    private UserState Read()
    {
        var state = UserStateCodec.Decode(_stored.State.Payload, _services.Options.SequenceCapacity, _services.Options.EventIdWindow);
        state.MaxEventsPerSecond = _services.Options.MaxEventsPerSecond;
        state.Churn = state.Churn with { NextCheck = state.Churn.Unpublished is null ? _stored.State.NextCheck : null };
        return state;
    }

    // A check that comes too early costs one look of a sweeper, a moved one an index entry with every write: it moves only when it must.
    private DateTimeOffset? Planned(DateTimeOffset? stored, DateTimeOffset? next)
    {
        var now = _services.Shop.GetUtcNow();
        return stored is { } planned && planned <= next && (planned > now || next <= now) ? planned : next;
    }
}
