using Orleans.Placement;

namespace Personalization.Placement;

/// <summary>Puts a user's grain on the silo that reads the user's clicks, so that the stream needs no message to reach it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StreamPlacementAttribute() : PlacementAttribute(StreamPlacement.Instance);
