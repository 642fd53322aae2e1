using System.Text.Json.Nodes;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Packages;

/// <summary>Graphs that are not what their package says.</summary>
public sealed class GraphSignatureTests : IDisposable
{
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SmallGraphOfTheSignature_IsFine()
    {
        var folder = _folder.Copy("1");
        new SmallGraph().WriteTo(folder);

        using var runner = Open(folder);

        runner.ItemVectors.ShouldBe([0, 0, 1, 0, 0, 1]);
    }

    [Fact]
    public void Open_InputOfAnotherType_NamesItAndBothTypes()
    {
        var folder = _folder.Copy("1");
        new SmallGraph(itemsType: SmallGraph.Int32).WriteTo(folder);

        Wrong(folder).ShouldContain("input 'items' is of type Int32 and must be Int64");
    }

    [Fact]
    public void Open_InputThatTheManifestsSignatureHasNot_NamesIt()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["signatureVersion"] = 1);

        Wrong(folder).ShouldContain("input 'totals' is not part of the signature that model.json names");
    }

    [Fact]
    public void Open_OtherTotalsThanTheManifests_NamesBothShapes()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["totals"] = new JsonArray([.. manifest["totals"]!.AsArray().Take(2).Select(total => total!.DeepClone())]));

        Wrong(folder).ShouldContain("input 'totals' has shape [any, 4] and must have [any, 2]");
    }

    [Fact]
    public void Open_FewerTopItemsThanTheManifests_NamesBothShapes()
    {
        var folder = _folder.Copy("1");
        new SmallGraph()
            .Input("eligible", SmallGraph.Bool, SmallGraph.Rows, 3)
            .Tensor("first", [1], 0L)
            .Node("Transpose", "columns", "items")
            .Node("Gather", "newest", "columns", "first")
            .Node("Transpose", "top_items", "newest")
            .Output("top_items", SmallGraph.Int64, SmallGraph.Rows, 1)
            .WriteTo(folder);
        PackageFolder.Edit(folder, manifest => (manifest["scoring"], manifest["topItems"]) = ("top", 2));

        Wrong(folder).ShouldContain("output 'top_items' has shape [any, 1] and must have [any, 2]");
    }

    private static IModelRunner Open(string folder) => TestEngine.Runners().Open(ModelPackageLoader.Load(folder));

    private static string Wrong(string folder) => Should.Throw<ModelPackageException>(() => Open(folder)).Message;
}
