namespace Personalization.Models;

/// <summary>The stored choice of a model.</summary>
[GenerateSerializer]
[Alias("personalization.desired-model")]
internal sealed class DesiredModel
{
    /// <summary>Name of the storage provider for what changes seldom.</summary>
    public const string ProviderName = "operations";

    /// <summary>The choice, or null.</summary>
    [Id(0)]
    public ModelRef? Model { get; set; }

    /// <summary>What is tried beside it, or null.</summary>
    [Id(1)]
    public ModelChallenge? Challenge { get; set; }
}
