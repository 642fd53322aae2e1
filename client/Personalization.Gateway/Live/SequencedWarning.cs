using Personalization.Churn;

namespace Personalization.Gateway;

/// <summary>A warning with its place in the topic.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset there.</param>
/// <param name="Id">The id of its live event: the <see cref="WarningPosition"/> of who has it and all before it.</param>
/// <param name="Warning">The warning.</param>
internal sealed record SequencedWarning(int Partition, long Offset, string Id, ChurnWarning Warning);
