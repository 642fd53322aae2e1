using Personalization.Inference.Packages;

namespace Personalization.Inference.Engine;

/// <summary>Opens graphs.</summary>
internal interface IModelRunnerFactory
{
    /// <summary>Where graphs run: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</summary>
    string Provider { get; }

    /// <summary>Opens a package's graph and checks its signature.</summary>
    /// <param name="package">The package.</param>
    /// <returns>The graph.</returns>
    IModelRunner Open(ModelPackage package);
}
