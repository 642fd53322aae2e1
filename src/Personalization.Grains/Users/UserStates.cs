using Microsoft.Extensions.Options;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Reads users' states from their stored form and says what is stored beside it. Thread-safe.</summary>
internal sealed class UserStates(IOptions<UserOptions> options, ShopClock shop)
{
    private readonly UserOptions _options = options.Value;

    /// <summary>Reads a state.</summary>
    /// <param name="payload">Its stored form; empty for a user nothing was stored of.</param>
    /// <param name="nextCheck">The check that is stored beside it.</param>
    /// <returns>The state.</returns>
    /// <exception cref="UserStateVersionException">A newer release wrote it.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public UserState Read(byte[] payload, DateTimeOffset? nextCheck)
    {
        var state = UserStateCodec.Decode(payload, _options.SequenceCapacity, _options.EventIdWindow);
        state.MaxEventsPerSecond = _options.MaxEventsPerSecond;
        state.Churn = state.Churn with { NextCheck = state.Churn.Unpublished is null ? nextCheck : null };
        return state;
    }

    /// <summary>The check to store beside a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="stored">The one that is stored now.</param>
    /// <returns>Shop time, or null.</returns>
    public DateTimeOffset? NextCheck(UserState state, DateTimeOffset? stored)
    {
        if (state.Churn.Unpublished is { } warning)
        {
            // A warning that is not published yet is due at once: should this silo go now, a sweeper finds it.
            return warning.DetectedAt;
        }

        // A check that comes too early costs one look of a sweeper, a moved one an index entry with every write: it moves only when it must.
        var (next, now) = (state.Churn.NextCheck, shop.GetUtcNow());
        return stored is { } planned && planned <= next && (planned > now || next <= now) ? planned : next;
    }
}
