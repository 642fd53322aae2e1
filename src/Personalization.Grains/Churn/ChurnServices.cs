namespace Personalization.Churn;

/// <summary>What everything about churn on one silo shares.</summary>
internal sealed record ChurnServices(ChurnPolicy Policy, ChurnScorer Scorer, IChurnWarningSink Sink, RefreshLimit Limit);
