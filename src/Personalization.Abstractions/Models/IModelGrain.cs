namespace Personalization.Models;

/// <summary>Which model the cluster should serve. Key 0; the choice is durable and silos converge to it within seconds.</summary>
[Alias("personalization.model-grain")]
public interface IModelGrain : IGrainWithIntegerKey
{
    /// <summary>The chosen model, or null when every silo serves its configured default.</summary>
    /// <returns>The choice.</returns>
    [Alias("get")]
    ValueTask<ModelRef?> GetDesired();

    /// <summary>Chooses a model. A silo that cannot load it keeps the one it serves and says why in its status.</summary>
    /// <param name="model">The package.</param>
    /// <returns>Completes when the choice is durable.</returns>
    [Alias("set")]
    ValueTask SetDesired(ModelRef model);
}
