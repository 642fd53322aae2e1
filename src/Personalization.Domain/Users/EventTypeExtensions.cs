using Personalization.Events;

namespace Personalization.Users;

/// <summary>What an event says about a shopper.</summary>
public static class EventTypeExtensions
{
    /// <summary>Whether it is interest, of which models are trained: no impression, which the shop did, no hide, and nothing that left the cart.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Whether a model reads it.</returns>
    public static bool IsInterest(this EventType type) => type is not (EventType.RemoveFromCart or EventType.Impression or EventType.Hide);
}
