using Personalization.Ranking;

namespace Personalization.Inference.Models;

/// <summary>What the model knows that answers on this silo.</summary>
/// <param name="host">Holds it.</param>
internal sealed class ModelVocabulary(ModelHost host) : IModelVocabulary
{
    /// <inheritdoc/>
    public Predicate<string>? Knows => host.Current?.Knows;
}
