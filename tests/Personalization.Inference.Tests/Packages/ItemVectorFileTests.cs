using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Packages;

/// <summary>Packages whose items are scored beside the graph.</summary>
public sealed class ItemVectorFileTests : IDisposable
{
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_VectorsAndBiases_AreThoseOfTheFile()
    {
        var package = ModelPackageLoader.Load(WithVectors());

        package.Manifest.HasVectors.ShouldBeTrue();
        package.Vectors!.Vectors.Length.ShouldBe(package.Vocabulary.Width * package.Manifest.Dimension);
        package.Vectors.Vectors[package.Manifest.Dimension].ShouldBe(ShippedVectors()[package.Manifest.Dimension]);
        package.Vectors.Biases[5].ShouldBe(0.05f, 1e-6f);
    }

    [Fact]
    public async Task Infer_ItemsAreScoredByTheVectors_ExactlyAndRoundedAlike()
    {
        var package = ModelPackageLoader.Load(WithVectors());
        var exact = await AskAsync(package, exactItems: 100_000);
        var rounded = await AskAsync(package, exactItems: 0);

        exact.Candidates.Length.ShouldBe(20);
        exact.Candidates.ShouldNotContain(candidate => candidate.ItemId == package.Vocabulary[3]);
        rounded.Candidates.Select(candidate => candidate.ItemId).ShouldBe(exact.Candidates.Select(candidate => candidate.ItemId));
        rounded.Candidates[0].Score.ShouldBe(exact.Candidates[0].Score, exact.Candidates[0].Score * 0.02f);
        rounded.Churn!.Probability.ShouldBe(exact.Churn!.Probability);
    }

    [Fact]
    public void Load_ScoringUnknown_NamesWhatThereIs()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["scoring"] = "tables");

        Wrong(folder).ShouldContain("'scoring' is 'tables' and must be 'graph', 'probabilities', 'top' or 'vectors'");
    }

    [Fact]
    public void Load_FileMissing_NamesIt()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["scoring"] = "vectors");

        Wrong(folder).ShouldContain("'item_vectors.bin' is missing");
    }

    [Fact]
    public void Load_FileOfAnotherExport_IsRefusedThoughItsSizeIsRight()
    {
        var folder = WithVectors();
        var path = Path.Combine(folder, "item_vectors.bin");
        PackageFolder.Edit(folder, manifest => manifest["vectorsSha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        ModelPackageLoader.Load(folder).Vectors.ShouldNotBeNull();

        File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);

        Wrong(folder).ShouldContain("item_vectors.bin: its SHA-256 is");
    }

    [Fact]
    public void Load_FileOfAnotherSize_NamesBothSizes()
    {
        var folder = WithVectors();
        File.AppendAllText(Path.Combine(folder, "item_vectors.bin"), "x");

        Wrong(folder).ShouldContain($"has {(3_058 * 65 * 4) + 1} bytes and must have {3_058 * 65 * 4}");
    }

    [Fact]
    public void Load_NotFinite_NamesTheIndex()
    {
        var folder = WithVectors(rows => rows[(65 * 12) + 8] = float.NaN);

        Wrong(folder).ShouldContain("the vector of index 12 is not finite");
    }

    private static async Task<InferenceResult> AskAsync(ModelPackage package, int exactItems)
    {
        var options = new InferenceOptions { ExactItems = exactItems };
        await using var engine = TestEngine.Create(package, TestEngine.Runners(options).Open(package), options);
        engine.WarmUp();
        engine.Start();
        var request = TestEngine.Ask(package.Vocabulary[100], package.Vocabulary[200]) with { Count = 20, Exclude = [package.Vocabulary[3]] };
        var answer = (await engine.TryInferAsync(request, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        answer.Status.ShouldBe(InferenceStatus.Ok);
        return answer;
    }

    private string WithVectors(Action<float[]>? spoil = null)
    {
        var vectors = ShippedVectors();
        float[] rows = [.. vectors.Chunk(64).SelectMany((row, index) => row.Append(0.01f * index))];
        spoil?.Invoke(rows);
        var folder = _folder.Copy("1");
        File.WriteAllBytes(Path.Combine(folder, "item_vectors.bin"), MemoryMarshal.AsBytes(rows.AsSpan()));
        PackageFolder.Edit(folder, manifest => manifest["scoring"] = JsonValue.Create("vectors"));
        return folder;
    }

    private static float[] ShippedVectors()
    {
        using var runner = TestEngine.Runners().Open(ShippedPackage.Load());
        return runner.ItemVectors;
    }

    private static string Wrong(string folder) =>
        Should.Throw<ModelPackageException>(() => ModelPackageLoader.Load(folder)).Message;
}
