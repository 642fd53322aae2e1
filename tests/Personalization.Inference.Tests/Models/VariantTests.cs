using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;
using Personalization.Inference.Models;
using Personalization.Inference.Packages;
using Personalization.Inference.Scoring;
using Personalization.Inference.Tests.Support;
using Personalization.Items;
using Personalization.Models;

namespace Personalization.Inference.Tests.Models;

/// <summary>Packages that the exporter makes of the shipped one, chosen by configuration.</summary>
public sealed class VariantTests : IDisposable
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(ShippedPackage.Root, "..", ".."));

    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Int8_ChosenByConfiguration_AnswersAsItsExportDoesAndNearlyAsTheWholeDoes()
    {
        await ExportAsync("int8");
        Parity("1-int8", Scores);
        var whole = await AnswersAsync(variant: null);
        var small = await AnswersAsync(variant: "int8");

        whole.ShouldAllBe(answer => answer.Model!.Version == "1");
        small.ShouldAllBe(answer => answer.Model!.Version == "1-int8");

        // What the exporter measured, in the ranking metrics of the card, is what it costs here too: ten best items that differ by rounding only.
        var common = whole.Zip(small).Average(pair => Ids(pair.First).Intersect(Ids(pair.Second), StringComparer.Ordinal).Count() / 10.0);
        common.ShouldBeGreaterThan(0.95);
        whole.Zip(small).Max(pair => Math.Abs(pair.First.Churn!.Probability - pair.Second.Churn!.Probability)).ShouldBeLessThan(0.05);
        Cost("before").ShouldBe(Cost("after"), 0.01 * Cost("before"));

    }

    [Fact]
    public async Task Vectors_ItemsAreScoredBesideTheGraph_AnswersAsItsExportDoes()
    {
        await ExportAsync("vectors");
        Parity("1-vectors", BestOfTheCatalogue);
        var whole = await AnswersAsync(variant: null);
        var beside = await AnswersAsync(variant: "vectors");

        beside.ShouldAllBe(answer => answer.Status == InferenceStatus.Ok && answer.Candidates.Length == 10 && answer.Model!.Version == "1-vectors");
        whole.Zip(beside).Average(pair => Ids(pair.First).Intersect(Ids(pair.Second), StringComparer.Ordinal).Count() / 10.0).ShouldBeGreaterThan(0.3);
        whole.Zip(beside).Max(pair => Math.Abs(pair.First.Churn!.Probability - pair.Second.Churn!.Probability)).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public async Task Fp16_ProductsInSixteenBits_AnswersAsItsExportDoesAndNearlyAsTheWholeDoes()
    {
        await ExportAsync("fp16");
        Parity("1-fp16", Scores);
        var whole = await AnswersAsync(variant: null);
        var half = await AnswersAsync(variant: "fp16");

        half.ShouldAllBe(answer => answer.Status == InferenceStatus.Ok && answer.Model!.Version == "1-fp16");
        whole.Zip(half).Average(pair => Ids(pair.First).Intersect(Ids(pair.Second), StringComparer.Ordinal).Count() / 10.0).ShouldBeGreaterThan(0.98);
        whole.Zip(half).Max(pair => Math.Abs(pair.First.Churn!.Probability - pair.Second.Churn!.Probability)).ShouldBeLessThan(0.01);
    }

    [Fact]
    public async Task Top_TheGraphChoosesTheBestItems_AnswersBitForBitAsTheWholeDoes()
    {
        await ExportAsync("top");
        Parity("1-top", Scores);
        var catalog = Catalog();
        var whole = await AnswersAsync(variant: null, catalog);
        var top = await AnswersAsync(variant: "top", catalog);

        top.ShouldAllBe(answer => answer.Status == InferenceStatus.Ok && answer.Model!.Version == "1-top");
        foreach (var (one, other) in whole.Zip(top))
        {
            Ids(other).ShouldBe(Ids(one));
            for (var i = 0; i < one.Candidates.Length; i++)
            {
                // The sum over all items has another order of addition, and a logarithm in the graph is of a probability and 1e-9.
                other.Candidates[i].Score.ShouldBe(one.Candidates[i].Score, (one.Candidates[i].Score * 1e-5f) + 1e-9f);
            }

            other.Churn.ShouldBe(one.Churn);
        }
    }

    [Fact]
    public async Task Variant_OfTheVersionsThatAreChosenLater_IsServedInTheirPlace()
    {
        foreach (var version in (string[])["1", "1-int8", "1-top", "2", "2-int8", "3"])
        {
            _folder.Copy(version);
        }

        await using var host = Host("int8");
        (await host.LoadAsync(Model("1"))).ShouldBeTrue();
        (await host.LoadAsync(Model("2"))).ShouldBeTrue();
        await host.ChallengeAsync(new ModelChallenge(Model("1"), 1));

        host.GetStatus().Active.ShouldBe(Model("2-int8"));
        host.GetStatus().Chosen.ShouldBe(Model("2"));
        host.GetStatus().Challenger.ShouldBe(new ModelChallenge(Model("1-int8"), 1));
        host.Serves(Model("2")).ShouldBeTrue();
        host.Serves(Model("1")).ShouldBeFalse();
        (await AnswerAsync(null)).ShouldBe(Model("2-int8"));
        (await AnswerAsync("u1")).ShouldBe(Model("1-int8"));

        // It is what answers already.
        await host.ChallengeAsync(new ModelChallenge(Model("2"), 1));
        host.GetStatus().Challenger.ShouldBeNull();

        // One without that variant is refused, and a variant that is chosen by its own name is meant.
        (await host.LoadAsync(Model("3"))).ShouldBeFalse();
        host.GetStatus().Error.ShouldNotBeNull().ShouldContain("there is no such variant");
        host.GetStatus().Active.ShouldBe(Model("2-int8"));
        (await host.LoadAsync(Model("1-top"))).ShouldBeTrue();
        host.GetStatus().Active.ShouldBe(Model("1-top"));
        host.GetStatus().Chosen.ShouldBe(Model("1-top"));

        async Task<ModelRef?> AnswerAsync(string? user) =>
            (await host.InferAsync(TestEngine.Ask("85123A") with { UserId = user }, TestContext.Current.CancellationToken)).Model;
    }

    private static ModelRef Model(string version) => new(ShippedPackage.Name, version);

    // Of every second item and a half of the categories.
    private static ItemCatalog Catalog()
    {
        var (catalog, vocabulary) = (new ItemCatalog(), ShippedPackage.Load().Vocabulary);
        for (var index = 1; index < vocabulary.Width; index++)
        {
            catalog.Put(new Item { ItemId = vocabulary[index], Title = vocabulary[index], Categories = [$"c{index % 8}"], Available = index % 2 == 0 });
        }

        catalog.MarkLoaded();
        return catalog;
    }

    private static IEnumerable<string> Ids(InferenceResult answer) => answer.Candidates.Select(candidate => candidate.ItemId);

    private static (int Index, float Score)[] Scores(IModelRunner runner, BatchBuffers buffers, int[] wanted) =>
        Array.ConvertAll(wanted, index => (index, buffers.ScoresOf()[index]));

    private static (int Index, float Score)[] BestOfTheCatalogue(IModelRunner runner, BatchBuffers buffers, int[] wanted)
    {
        var biases = runner.ItemBiases.ShouldNotBeNull();
        var available = new ulong[(biases.Length + 63) / 64];
        foreach (var index in Enumerable.Range(1, biases.Length - 1))
        {
            Bits.Set(available, index);
        }

        var everything = new EligibilityView(0, true, available, ImmutableDictionary<string, CategoryItems>.Empty);
        var job = new InferenceJob(0) { Selection = new Selection(everything, [], [], wanted.Length) };
        job.Reset(wanted.Length);
        var tiles = ItemTiles.Create(runner.ItemVectors, biases, exactItems: 100_000);
        new CatalogueScorer(tiles, runner.ItemVectors, biases, new InferenceOptions()).Score([job], buffers.Users);
        return [.. job.Best.Zip(job.BestScores, (index, score) => (index, score - job.LogSum))];
    }

    private double Cost(string which)
    {
        using var card = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.Root, ShippedPackage.Name, "1-int8", "model.json")));
        return card.RootElement.GetProperty("training").GetProperty("variant").GetProperty(which).GetProperty("ndcg@10").GetDouble();
    }

    private ModelHost Host(string? variant, ItemCatalog? catalog = null)
    {
        var options = Options.Create(new InferenceOptions { PackagesPath = _folder.Root, Variant = variant });
        return new ModelHost(
            options, TestEngine.Runners(options.Value), catalog ?? new ItemCatalog(), TimeProvider.System, TestEngine.Instruments, NullLoggerFactory.Instance);
    }

    private async Task<InferenceResult[]> AnswersAsync(string? variant, ItemCatalog? catalog = null)
    {
        await using var host = Host(variant, catalog);
        (await host.LoadDefaultAsync()).ShouldBeTrue(host.GetStatus().Error);
        var vocabulary = ShippedPackage.Load().Vocabulary;
        var answers = new List<InferenceResult>();
        for (var n = 0; n < 200; n++)
        {
            var request = TestEngine.Ask([.. Enumerable.Range(0, 1 + (n % 30)).Select(i => vocabulary[1 + ((n * 31 + i * 17) % 3_000)])]) with { Count = 10 };
            if (catalog is not null)
            {
                // Filters, other items to rank, and now and then more than a graph chooses.
                request = request with
                {
                    Categories = n % 3 == 0 ? [$"c{n % 8}"] : [],
                    Exclude = [.. Enumerable.Range(1, 60).Select(i => vocabulary[(n * 7) + i])],
                    Candidates = n % 5 == 4 ? [.. Enumerable.Range(1, 40).Select(i => vocabulary[(n * 13) + i])] : null,
                    Count = n % 7 == 6 ? 300 : 10,
                };
            }

            answers.Add(await host.InferAsync(request, TestContext.Current.CancellationToken));
        }

        return [.. answers];
    }

    // A package gives what its own export says that it gives.
    private void Parity(string version, Func<IModelRunner, BatchBuffers, int[], (int Index, float Score)[]> answer)
    {
        var folder = Path.Combine(_folder.Root, ShippedPackage.Name, version);
        var package = ModelPackageLoader.Load(folder);
        using var runner = TestEngine.Runners().Open(package);
        using var slot = runner.CreateSlot(1);
        var parity = JsonSerializer.Deserialize<ParityFile>(File.ReadAllText(Path.Combine(folder, "parity.json")), JsonSerializerOptions.Web)!;
        foreach (var row in parity.Rows)
        {
            row.ToSequence(package.Manifest.MaxLength).Write(slot.Buffers, 0, row.Items.Length);
            slot.Run(1, row.Items.Length);
            var best = answer(runner, slot.Buffers, row.TopItems);
            best.Select(item => item.Index).ShouldBe(row.TopItems);
            for (var i = 0; i < best.Length; i++)
            {
                best[i].Score.ShouldBe(row.TopScores[i], parity.Tolerance);
            }

            slot.Buffers.Churn[0].ShouldBe(row.Churn, parity.Tolerance);
        }
    }

    private async Task ExportAsync(string variant)
    {
        var folder = _folder.Copy("1");
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(
            File.Exists(Python) && await RunAsync(Python, "-c", "import onnx, sklearn, torch") == 0,
            "The exporter needs Debian's python3-torch, python3-sklearn and python3-onnx.");
        (await RunAsync(Python, "-m", "personalization_models", "export", folder, "--config", "models/configs/online-retail.toml", "--variant", variant)).ShouldBe(0);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Repository };
        start.Environment["PYTHONPATH"] = Path.Combine("models", "src");
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }
}
