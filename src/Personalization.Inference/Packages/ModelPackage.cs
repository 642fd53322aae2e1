using Personalization.Models;

namespace Personalization.Inference.Packages;

/// <summary>A package whose files were read and checked; the graph is checked when a session opens it.</summary>
/// <param name="Directory">Where it lies.</param>
/// <param name="Manifest"><c>model.json</c>.</param>
/// <param name="Vocabulary"><c>items.txt</c>.</param>
/// <param name="Vectors"><c>item_vectors.bin</c>; null where the graph scores the items.</param>
internal sealed record ModelPackage(string Directory, ModelManifest Manifest, Vocabulary Vocabulary, ItemVectorFile? Vectors = null)
{
    /// <summary>Its name and version.</summary>
    public ModelRef Ref { get; } = new(Manifest.Name, Manifest.Version);

    /// <summary>The graph.</summary>
    public string GraphPath => Path.Combine(Directory, ModelPackageLoader.GraphFile);
}
