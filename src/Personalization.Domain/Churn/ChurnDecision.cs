namespace Personalization.Churn;

/// <summary>What follows from a score.</summary>
/// <param name="Memory">What to remember from now on; holds the warning as unpublished.</param>
/// <param name="Warning">The warning of this crossing; null as a rule.</param>
/// <param name="Reasons">What speaks for leaving; also without a warning.</param>
public sealed record ChurnDecision(ChurnMemory Memory, ChurnWarning? Warning, ChurnReason[] Reasons);
