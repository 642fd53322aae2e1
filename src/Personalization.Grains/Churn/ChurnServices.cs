using Personalization.Events;
using Personalization.Time;

namespace Personalization.Churn;

/// <summary>What everything about churn on one silo shares.</summary>
internal sealed record ChurnServices(ChurnPolicy Policy, ChurnScorer Scorer, IChurnWarningSink Sink, RefreshLimit Limit, ShopClock Shop)
{
    /// <summary>Plans the next look at a user after new events.</summary>
    /// <param name="armed">Whether a crossing would warn.</param>
    /// <param name="lastSeen">Time of the user's last event.</param>
    /// <param name="events">The new events.</param>
    /// <param name="canScore">Whether the caller can score soon; otherwise, and beyond this second's limit, the next sweep scores in bulk.</param>
    /// <returns>When to look (shop time), and whether the caller is to score soon; null: nothing changes.</returns>
    public (DateTimeOffset? NextCheck, bool Soon)? Plan(bool armed, DateTimeOffset lastSeen, List<BehaviorEvent> events, bool canScore)
    {
        if (events.TrueForAll(static e => e.Type == EventType.Impression))
        {
            return null;
        }

        var now = Shop.GetUtcNow();
        var needed = Policy.NeedsScore(armed, lastSeen, now);
        var soon = needed && canScore && Limit.TryTake();
        return (needed && !soon ? now : Policy.NextCheckAfterActivity(lastSeen, now), soon);
    }
}
