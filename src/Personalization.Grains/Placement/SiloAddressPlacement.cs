namespace Personalization.Placement;

/// <summary>Puts a grain on the silo whose address is its key.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.silo-address-placement")]
public sealed class SiloAddressPlacement : PlacementStrategy
{
    internal static SiloAddressPlacement Instance { get; } = new();
}
