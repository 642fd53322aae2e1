namespace Personalization.Inference.Routing;

/// <summary>Runs a grain on the silo that its key names.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.inference-silo-placement")]
internal sealed class SiloKeyPlacementStrategy : PlacementStrategy;
