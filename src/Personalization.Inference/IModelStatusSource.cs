using Personalization.Models;

namespace Personalization.Inference;

/// <summary>What this silo serves. Thread-safe.</summary>
public interface IModelStatusSource
{
    /// <summary>The status of now; reads the package folder.</summary>
    /// <returns>The status; without an engine, all empty.</returns>
    ModelStatus GetStatus();
}
