namespace Personalization.Users;

/// <summary>How much of a shopper is kept.</summary>
/// <param name="Capacity">Events the sequence holds, at least 1.</param>
/// <param name="EventIdWindow">Event ids that are remembered.</param>
/// <param name="MaxEventsPerSecond">See <see cref="UserState.MaxEventsPerSecond"/>.</param>
public readonly record struct UserLimits(int Capacity, int EventIdWindow, int MaxEventsPerSecond);
