namespace Personalization.Models;

/// <summary>Keeps the operator's choice of a model.</summary>
internal sealed class ModelGrain([PersistentState("model", DesiredModel.ProviderName)] IPersistentState<DesiredModel> stored) : Grain, IModelGrain
{
    public ValueTask<ModelRef?> GetDesired() => ValueTask.FromResult(stored.State.Model);

    public async ValueTask SetDesired(ModelRef model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var challenge = stored.State.Challenge;
        await SaveAsync(model, challenge?.Model == model ? null : challenge);
    }

    public ValueTask<ModelChallenge?> GetChallenge() => ValueTask.FromResult(stored.State.Challenge);

    public async ValueTask SetChallenge(ModelChallenge? challenge)
    {
        if (challenge is not null && !(challenge.Share is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(challenge), challenge.Share, "A share is from 0 to 1.");
        }

        await SaveAsync(stored.State.Model, challenge);
    }

    private async Task SaveAsync(ModelRef? model, ModelChallenge? challenge)
    {
        if (stored.State.Model == model && stored.State.Challenge == challenge)
        {
            return;
        }

        (stored.State.Model, stored.State.Challenge) = (model, challenge);
        try
        {
            await stored.WriteStateAsync();
        }
        catch
        {
            // The outcome is unknown: read it again.
            DeactivateOnIdle();
            throw;
        }
    }
}
