namespace Personalization.Models;

/// <summary>Keeps the operator's choice of a model.</summary>
internal sealed class ModelGrain([PersistentState("model", DesiredModel.ProviderName)] IPersistentState<DesiredModel> stored) : Grain, IModelGrain
{
    public ValueTask<ModelRef?> GetDesired() => ValueTask.FromResult(stored.State.Model);

    public async ValueTask SetDesired(ModelRef model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (stored.State.Model == model)
        {
            return;
        }

        stored.State.Model = model;
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
