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

    /// <summary>The model that is tried beside the chosen one, or null.</summary>
    /// <returns>The challenge.</returns>
    [Alias("get-challenge")]
    ValueTask<ModelChallenge?> GetChallenge();

    /// <summary>Tries a model beside the chosen one, changes its share, or ends the trial. Choosing the challenger as the model ends it too.</summary>
    /// <param name="challenge">The challenge; null: none.</param>
    /// <returns>Completes when the choice is durable; fails with <see cref="ArgumentOutOfRangeException"/> for a share outside 0-1.</returns>
    [Alias("set-challenge")]
    ValueTask SetChallenge(ModelChallenge? challenge);
}
