using Orleans.Placement;

namespace Personalization.Inference.Routing;

/// <summary>Marks a grain that runs on the silo that its key names.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SiloKeyPlacementAttribute() : PlacementAttribute(new SiloKeyPlacementStrategy());
