using Personalization.Events;
using Personalization.Time;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>What everything about churn on one silo shares.</summary>
internal sealed record ChurnServices(ChurnPolicy Policy, ChurnScorer Scorer, IChurnWarningSink Sink, RefreshLimit Limit, ShopClock Shop)
{
    /// <summary>Plans the next look at a user after new events.</summary>
    /// <param name="state">The state with the events in it; the plan is put into it.</param>
    /// <param name="events">The new events.</param>
    /// <param name="canScore">Whether the caller can score soon; otherwise, and beyond this second's limit, the next sweep scores in bulk.</param>
    /// <returns>Whether the caller is to score soon.</returns>
    public bool Plan(UserState state, List<BehaviorEvent> events, bool canScore)
    {
        if (events.TrueForAll(e => e.Type == EventType.Impression))
        {
            return false;
        }

        var (last, now) = (state.Totals.LastSeen!.Value, Shop.GetUtcNow());
        var needed = Policy.NeedsScore(state.Churn, last, now);
        var soon = needed && canScore && Limit.TryTake();
        state.Churn = Policy.AfterActivity(state.Churn, last, now, atOnce: needed && !soon);
        return soon;
    }
}
