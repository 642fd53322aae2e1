using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Reads users' states from their stored form and says what is stored beside it. Thread-safe.</summary>
internal sealed class UserStates(IOptions<UserOptions> options, ShopClock shop)
{
    private readonly UserLimits _limits = new(
        options.Value.SequenceCapacity, options.Value.EventIdWindow, options.Value.MaxEventsPerSecond);

    /// <summary>Reads a state.</summary>
    /// <param name="payload">Its stored form; empty for a user nothing was stored of.</param>
    /// <param name="nextCheck">The check that is stored beside it.</param>
    /// <returns>The state.</returns>
    /// <exception cref="UserStateVersionException">A newer release wrote it.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public UserState Read(byte[] payload, DateTimeOffset? nextCheck)
    {
        var state = UserStateCodec.Decode(payload, _limits.Capacity, _limits.EventIdWindow);
        state.MaxEventsPerSecond = _limits.MaxEventsPerSecond;
        var planned = state.Churn.Unpublished is null ? nextCheck : null;
        state.Churn = state.Churn.NextCheck == planned ? state.Churn : state.Churn with { NextCheck = planned };
        return state;
    }

    /// <summary>Appends to a stored form without reading it, where that is possible.</summary>
    /// <param name="payload">The stored form.</param>
    /// <param name="batch">Events of the user.</param>
    /// <param name="kept">Receives the events that are new.</param>
    /// <param name="appended">What became of it.</param>
    /// <returns>Whether it was possible. Then the user may be warned about, and was not yet.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public bool TryAppend(byte[] payload, EventBatch batch, List<BehaviorEvent> kept, out StoredAppend appended) =>
        StateAppender.TryAppend(payload, batch, _limits, kept, out appended);

    /// <summary>The check to store beside a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="stored">The one that is stored now.</param>
    /// <returns>Shop time, or null.</returns>
    /// <remarks>A warning that is not published yet is due at once: should this silo go now, a sweeper finds it.</remarks>
    public DateTimeOffset? NextCheck(UserState state, DateTimeOffset? stored) =>
        state.Churn.Unpublished?.DetectedAt ?? NextCheck(state.Churn.NextCheck, stored);

    /// <summary>
    /// The check to store. One that comes too early costs one look of a sweeper, a moved one an index entry with every write: it moves only when it must.
    /// </summary>
    /// <param name="next">The check that is planned.</param>
    /// <param name="stored">The one that is stored now.</param>
    /// <returns>Shop time, or null.</returns>
    public DateTimeOffset? NextCheck(DateTimeOffset? next, DateTimeOffset? stored)
    {
        var now = shop.GetUtcNow();
        return stored is { } planned && planned <= next && (planned > now || next <= now) ? planned : next;
    }
}
