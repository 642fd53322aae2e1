namespace Personalization.Models;

/// <summary>Names a model package.</summary>
/// <param name="Name">For instance <c>online-retail</c>.</param>
/// <param name="Version">For instance <c>1</c>.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.model-ref")]
public sealed record ModelRef([property: Id(0)] string Name, [property: Id(1)] string Version);
