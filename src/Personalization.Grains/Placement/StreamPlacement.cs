namespace Personalization.Placement;

/// <summary>Puts a user's grain on the silo that reads the user's clicks.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.stream-placement")]
public sealed class StreamPlacement : PlacementStrategy
{
    internal static StreamPlacement Instance { get; } = new();
}
