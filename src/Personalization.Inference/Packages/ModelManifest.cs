using System.Collections.Frozen;

namespace Personalization.Inference.Packages;

/// <summary>The part of <c>model.json</c> that serving needs, validated.</summary>
/// <param name="Name">Model name.</param>
/// <param name="Version">Model version.</param>
/// <param name="VocabularySha256">Lower-case hex hash of <c>items.txt</c>.</param>
/// <param name="ItemCount">Lines of <c>items.txt</c>.</param>
/// <param name="Dimension">Length of an item vector.</param>
/// <param name="MaxLength">Longest input.</param>
/// <param name="Actions">Event type name to the graph's number; has <c>other</c>.</param>
/// <param name="GapBoundariesSeconds">Rising bounds of the gap classes.</param>
/// <param name="Churn">The churn output.</param>
/// <param name="HasVectors">Whether items are scored beside the graph with the package's vectors (<c>scoring</c>: <c>vectors</c>).</param>
/// <param name="Totals">What the graph asks for of a shopper's whole life, in this order; empty: nothing, it has no input for it.</param>
/// <param name="TopItems">How many of the best items the graph chooses besides (<c>scoring</c>: <c>top</c>); 0: it only scores all.</param>
/// <param name="GivesProbabilities">
/// Whether the graph gives how likely each item is (<c>scoring</c>: <c>probabilities</c>) instead of scores, which are logarithms of that (<c>scoring</c>: <c>graph</c>).
/// </param>
/// <param name="GraphSha256">Lower-case hex hash of <c>model.onnx</c>; null in packages of a release that did not write it.</param>
/// <param name="VectorsSha256">Lower-case hex hash of <c>item_vectors.bin</c>; null without one, and in packages of a release that did not write it.</param>
internal sealed record ModelManifest(
    string Name,
    string Version,
    string VocabularySha256,
    int ItemCount,
    int Dimension,
    int MaxLength,
    FrozenDictionary<string, int> Actions,
    double[] GapBoundariesSeconds,
    ChurnCalibration Churn,
    bool HasVectors,
    LifeTotal[] Totals,
    int TopItems = 0,
    bool GivesProbabilities = false,
    string? GraphSha256 = null,
    string? VectorsSha256 = null)
{
    /// <summary>The newest signature of graph and files that this code reads; 1 had no totals.</summary>
    public const int SignatureVersion = 2;

    /// <summary>The action of every event type that the package does not name.</summary>
    public const string OtherAction = "other";
}
