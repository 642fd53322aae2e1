namespace Personalization.Inference.Routing;

/// <summary>The other silos that have the inference role.</summary>
internal interface IInferenceSilos
{
    /// <summary>The silos of now; the same list as before while nothing changed.</summary>
    IReadOnlyList<SiloAddress> Current { get; }
}
