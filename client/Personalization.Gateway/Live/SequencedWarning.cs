using Personalization.Churn;

namespace Personalization.Gateway;

/// <summary>A warning with its place in the topic: the id of its live event.</summary>
internal sealed record SequencedWarning(string Id, ChurnWarning Warning);
