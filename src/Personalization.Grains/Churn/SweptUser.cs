using Personalization.Users;

namespace Personalization.Churn;

/// <summary>What a sweep found out about one user.</summary>
/// <param name="User">The user.</param>
/// <param name="Outcome">What is to be done.</param>
/// <param name="NextCheck">When to look again, where that is all there is to do.</param>
internal sealed record SweptUser(DueUser User, SweepOutcome Outcome, DateTimeOffset? NextCheck = null);
