using Personalization.Models;

namespace Personalization.Inference.Routing;

/// <summary>The status of a silo without an engine.</summary>
internal sealed class NoEngineStatusSource : IModelStatusSource
{
    /// <inheritdoc/>
    public ModelStatus GetStatus() => new();
}
