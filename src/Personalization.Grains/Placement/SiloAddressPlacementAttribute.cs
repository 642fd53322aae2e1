using Orleans.Placement;

namespace Personalization.Placement;

/// <summary>Puts a grain on the silo whose address (in parsable form) is its key.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SiloAddressPlacementAttribute() : PlacementAttribute(SiloAddressPlacement.Instance);
