using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Engine;

/// <summary>The graph's inputs and outputs.</summary>
internal static class OnnxSignature
{
    public const string Scores = "scores";
    public const string Probabilities = "probabilities";
    public const string Churn = "churn";
    public const string User = "user";
    public const string ItemVectors = "item_vectors";
    public const string Eligible = "eligible";
    public const string TopItems = "top_items";
    public const string TopScores = "top_scores";
    public const string LogSum = "log_sum";

    private const int Dynamic = -1;
    private const int Sequences = 3;

    private static readonly string[] InputsAlways = ["items", "actions", "gaps", "elapsed"];

    private const string Totals = "totals";

    public static readonly string[] ServedTop = [TopItems, TopScores, LogSum, Churn];

    public static readonly string[] ServedWithVectors = [User, Churn];

    private static readonly string[] ServedScores = [Scores, Churn];

    private static readonly string[] ServedProbabilities = [Probabilities, Churn];

    /// <summary>Names of the inputs, in the order in which values are given.</summary>
    /// <param name="totals">Numbers of a shopper's whole life that the graph asks for.</param>
    /// <param name="chooses">Whether the graph chooses the best items.</param>
    public static string[] Inputs(int totals, bool chooses) => [.. InputsAlways, .. totals == 0 ? [] : (string[])[Totals], .. chooses ? (string[])[Eligible] : []];

    /// <summary>Names of the outputs where all items are scored in the graph.</summary>
    /// <param name="probabilities">Whether it gives how likely each is.</param>
    public static string[] Served(bool probabilities) => probabilities ? ServedProbabilities : ServedScores;

    /// <summary>Checks a graph against its package.</summary>
    /// <exception cref="ModelPackageException">Names the first input or output that is wrong.</exception>
    public static void Check(InferenceSession session, ModelPackage package)
    {
        var path = package.GraphPath;
        var dimension = package.Manifest.Dimension;
        var width = package.Vocabulary.Width;
        var (totals, top) = (package.Manifest.Totals.Length, package.Manifest.TopItems);
        var inputs = Inputs(totals, top > 0);
        foreach (var name in inputs[..Sequences])
        {
            Check(path, "input", session.InputMetadata, name, TensorElementType.Int64, [Dynamic, Dynamic]);
        }

        Check(path, "input", session.InputMetadata, inputs[Sequences], TensorElementType.Float, [Dynamic]);
        if (totals > 0)
        {
            Check(path, "input", session.InputMetadata, Totals, TensorElementType.Float, [Dynamic, totals]);
        }

        if (top > 0)
        {
            Check(path, "input", session.InputMetadata, Eligible, TensorElementType.Bool, [Dynamic, width]);
            Check(path, "output", session.OutputMetadata, TopItems, TensorElementType.Int64, [Dynamic, top]);
            Check(path, "output", session.OutputMetadata, TopScores, TensorElementType.Float, [Dynamic, top]);
            Check(path, "output", session.OutputMetadata, LogSum, TensorElementType.Float, [Dynamic]);
        }

        if (session.InputMetadata.Keys.FirstOrDefault(name => !inputs.Contains(name)) is { } unknown)
        {
            throw Wrong(path, $"input '{unknown}' is not part of the signature that model.json names");
        }

        Check(path, "output", session.OutputMetadata, Churn, TensorElementType.Float, [Dynamic]);
        Check(path, "output", session.OutputMetadata, User, TensorElementType.Float, [Dynamic, dimension]);
        if (!package.Manifest.HasVectors)
        {
            Check(path, "output", session.OutputMetadata, Served(package.Manifest.GivesProbabilities)[0], TensorElementType.Float, [Dynamic, width]);
            Check(path, "output", session.OutputMetadata, ItemVectors, TensorElementType.Float, [width, dimension]);
        }
    }

    private static void Check(
        string path, string kind, IReadOnlyDictionary<string, NodeMetadata> nodes, string name, TensorElementType type, int[] shape)
    {
        if (!nodes.TryGetValue(name, out var node))
        {
            throw Wrong(path, $"{kind} '{name}' is missing");
        }

        if (!node.IsTensor || node.ElementDataType != type)
        {
            throw Wrong(path, $"{kind} '{name}' is of type {node.ElementDataType} and must be {type}");
        }

        if (!node.Dimensions.AsSpan().SequenceEqual(shape))
        {
            throw Wrong(path, $"{kind} '{name}' has shape [{Text(node.Dimensions)}] and must have [{Text(shape)}]");
        }
    }

    private static string Text(int[] shape) => string.Join(", ", shape.Select(d => d == Dynamic ? "any" : $"{d}"));

    private static ModelPackageException Wrong(string path, string problem) =>
        new($"{path}: {problem}. Export the graph again with signature {ModelManifest.SignatureVersion}.");
}
