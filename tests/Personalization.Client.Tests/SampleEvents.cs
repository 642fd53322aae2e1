using Personalization.Events;

namespace Personalization.Client.Tests;

internal static class SampleEvents
{
    public static BehaviorEvent Click(string userId, string eventId) => new()
    {
        EventId = eventId,
        UserId = userId,
        ItemId = "85123A",
        Type = EventType.Click,
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000),
    };
}
