using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Inference.Engine;
using Personalization.Inference.Models;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;
using Personalization.Models;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Models;

public sealed class ModelHostTests : IAsyncDisposable
{
    private static readonly ModelRef One = new(ShippedPackage.Name, "1");
    private static readonly ModelRef Two = new(ShippedPackage.Name, "2");

    private readonly PackageFolder _folder = new();
    private readonly WatchedRunners _runners = new(TestEngine.Runners());
    private readonly InferenceOptions _options;
    private readonly ModelHost _host;

    public ModelHostTests()
    {
        _folder.Copy("1");
        _options = new InferenceOptions { PackagesPath = _folder.Root, MaxBatch = 4, QueueCapacity = 10_000 };
        _host = new ModelHost(
            Options.Create(_options), _runners, new ItemCatalog(), TimeProvider.System, TestEngine.Instruments, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Infer_NothingLoaded_SaysSo() =>
        (await _host.InferAsync(Ask(), TestContext.Current.CancellationToken)).Status.ShouldBe(InferenceStatus.NoModel);

    [Fact]
    public async Task LoadDefault_TakesTheNewestVersion()
    {
        _folder.Copy("2");

        (await _host.LoadDefaultAsync()).ShouldBeTrue();

        var status = _host.GetStatus();
        status.Active.ShouldBe(Two);
        status.Available.ShouldBe([One, Two]);
        status.Error.ShouldBeNull();
        status.Provider.ShouldBe("cpu");
    }

    [Fact]
    public async Task LoadDefault_TheNewestIsBroken_TakesTheOneBeforeItAndSaysWhy()
    {
        File.WriteAllText(Path.Combine(_folder.Copy("2"), "model.onnx"), "not a graph");

        (await _host.LoadDefaultAsync()).ShouldBeTrue();

        _host.GetStatus().Active.ShouldBe(One);
        _host.GetStatus().Error.ShouldNotBeNull().ShouldContain("2");
    }

    [Fact]
    public async Task Load_AModelThatGivesNoNumbers_LeavesTheOneBeforeIt()
    {
        _folder.Copy("2");
        await _host.LoadAsync(One);
        _runners.AfterRun = (model, buffers) => Array.Fill(buffers.Churn, model == Two ? float.NaN : 0.5f);

        (await _host.LoadAsync(Two)).ShouldBeFalse();

        _host.GetStatus().Active.ShouldBe(One);
        _host.GetStatus().Error.ShouldNotBeNull().ShouldContain("not finite");
    }

    [Fact]
    public async Task Load_GraphThatFailsWithTwoRows_LeavesTheOneBeforeItAndSaysThatItFailsWhenItRuns()
    {
        // It reads the entry behind as many as there are rows, of two: a single row is fine.
        new SmallGraph(churn: "read").Tensor("pair", [2], 0f, 0f).Node("Shape", "rows", "elapsed").Node("Gather", "entry", "pair", "rows").Node("Add", "read", "elapsed", "entry").WriteTo(_folder.Copy("2"));
        await _host.LoadAsync(One);

        (await _host.LoadAsync(Two)).ShouldBeFalse();

        _host.GetStatus().Active.ShouldBe(One);
        _host.GetStatus().Error.ShouldNotBeNull().ShouldContain("model.onnx: the graph fails when it runs");
        (await _host.InferAsync(Ask(), TestContext.Current.CancellationToken)).Model.ShouldBe(One);
    }

    [Fact]
    public async Task LoadDefault_AConfiguredVersionThatIsBroken_TakesNoOther()
    {
        _options.Version = "2";

        (await _host.LoadDefaultAsync()).ShouldBeFalse();

        _host.GetStatus().Active.ShouldBeNull();
        _host.GetStatus().Error.ShouldNotBeNull();
    }

    [Fact]
    public async Task LoadDefault_NoPackage_SaysWhatToDo()
    {
        _options.Model = "none";

        (await _host.LoadDefaultAsync()).ShouldBeFalse();

        _host.GetStatus().Error.ShouldNotBeNull().ShouldContain("there is no package. Copy one there");
    }

    [Fact]
    public async Task Load_BadPackage_KeepsTheGoodOneAndSaysWhy()
    {
        await _host.LoadAsync(One);
        File.WriteAllText(Path.Combine(_folder.Copy("2"), "model.onnx"), "not a graph");

        (await _host.LoadAsync(Two)).ShouldBeFalse();

        _host.GetStatus().Active.ShouldBe(One);
        _host.GetStatus().Error.ShouldNotBeNull().ShouldContain("ONNX Runtime cannot open it");
        (await _host.InferAsync(Ask(), TestContext.Current.CancellationToken)).Model.ShouldBe(One);

        (await _host.LoadAsync(One)).ShouldBeTrue();
        _host.GetStatus().Error.ShouldBeNull();
    }

    [Fact]
    public async Task Dispose_WhileAModelWarmsUpBesideTheOneThatAnswers_GivesItUp()
    {
        await _host.LoadAsync(One);
        _folder.Copy("2");
        _options.MaxBatch = 256;
        var loading = _host.LoadAsync(Two);
        await Wait.UntilAsync(() => _runners.Opened == 2, "the second model is opened");

        await _host.DisposeAsync();

        (await loading).ShouldBeFalse();
        _runners.Disposed.ShouldBe(2);
        _runners.UsedAfterwards.ShouldBe(0);
    }

    [Fact]
    public async Task Load_WhileTheNewModelWarmsUp_TheOldOneAnswersUntilTheLastShapeRan()
    {
        _folder.CopyReversed("2");
        _options.MaxBatch = 1;
        await _host.LoadAsync(One);

        // Every length twice on both slots of the worker, and then a question.
        var shapes = new LengthBuckets(ShippedPackage.Load().Manifest.MaxLength).Count * 2 * 2;
        var runs = 0;
        using var isAtTheLast = new SemaphoreSlim(0);
        using var goesOn = new SemaphoreSlim(0);
        _runners.BeforeRun = model =>
        {
            if (model == Two && ++runs is var run && run >= shapes && run <= shapes + 1)
            {
                isAtTheLast.Release();
                goesOn.Wait();
            }
        };
        var loading = _host.LoadAsync(Two);
        try
        {
            foreach (var last in (string[])["the last shape", "the question"])
            {
                (await isAtTheLast.WaitAsync(TimeSpan.FromMinutes(1))).ShouldBeTrue(last);
                (await _host.InferAsync(Ask(), TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20))).Model.ShouldBe(One, last);
                _host.GetStatus().Active.ShouldBe(One, last);
                loading.IsCompleted.ShouldBeFalse(last);
                goesOn.Release();
            }
        }
        finally
        {
            _runners.BeforeRun = null;
            goesOn.Release(2);
        }

        (await loading).ShouldBeTrue();
        runs.ShouldBe(shapes + 1);
        (await _host.InferAsync(Ask(), TestContext.Current.CancellationToken)).Model.ShouldBe(Two);
    }

    [Fact]
    public async Task Load_AnotherVocabulary_ReadsTheSameHistoryByItsOwnNumbers()
    {
        // The same graph under other names: what was item n is called like the one at the other end, and one item has left the shop.
        var items = PackageCopy.ReadItems(ShippedPackage.Path);
        var renamed = items.Zip(items.Reverse()).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        const string Gone = "22423";
        renamed[renamed.Single(pair => pair.Value == Gone).Key] = "new-item";
        var folder = _folder.Copy("2");
        PackageCopy.WriteItems(folder, [.. items.Select(item => renamed[item])]);
        await _host.LoadAsync(One);
        var before = await InferAsync("85123A", Gone, "47566");
        var expected = await InferAsync([.. new[] { "85123A", "47566" }.Select(name => renamed.Single(pair => pair.Value == name).Key)]);

        (await _host.LoadAsync(Two)).ShouldBeTrue();
        var after = await InferAsync("85123A", Gone, "47566");
        (await _host.LoadAsync(One)).ShouldBeTrue();
        var back = await InferAsync("85123A", Gone, "47566");

        after.Model.ShouldBe(Two);
        after.Candidates.Select(c => c.ItemId).ShouldBe(expected.Candidates.Select(c => renamed[c.ItemId]));
        back.Candidates.Select(c => (c.ItemId, c.Score)).ShouldBe(before.Candidates.Select(c => (c.ItemId, c.Score)));
        after.Candidates.Select(c => c.ItemId).ShouldNotBe(before.Candidates.Select(c => c.ItemId));

        async Task<InferenceResult> InferAsync(params string[] history)
        {
            var answer = await _host.InferAsync(TestEngine.Ask(history), TestContext.Current.CancellationToken);
            answer.Status.ShouldBe(InferenceStatus.Ok);
            return answer;
        }
    }

    [Fact]
    public async Task Load_UnderLoad_EveryAnswerIsTheListOfTheModelItNamesAndOldSessionsAreFreed()
    {
        var lists = new Dictionary<ModelRef, string[]> { [One] = await ListOfAsync(Path.Combine(_folder.Root, ShippedPackage.Name, "1")), [Two] = await ListOfAsync(_folder.CopyReversed("2")) };
        lists[Two].ShouldNotBe(lists[One]);
        await _host.LoadAsync(One);
        using var stop = new CancellationTokenSource();
        var served = 0;
        var loads = Enumerable.Range(0, 4).Select(_ => Task.Run(AskUntilStoppedAsync)).ToArray();

        foreach (var model in (ModelRef[])[Two, One, Two])
        {
            var before = Volatile.Read(ref served);
            (await _host.LoadAsync(model)).ShouldBeTrue();
            await Wait.UntilAsync(() => loads.Any(load => load.IsFaulted) || Volatile.Read(ref served) > before + 50, "the new model answers");
        }

        await stop.CancelAsync();
        var answers = (await Task.WhenAll(loads)).SelectMany(models => models).ToHashSet();

        answers.ShouldBe([One, Two], ignoreOrder: true);
        _runners.Opened.ShouldBe(4);
        _runners.Disposed.ShouldBe(3);
        _runners.UsedAfterwards.ShouldBe(0);

        async Task<HashSet<ModelRef>> AskUntilStoppedAsync()
        {
            var models = new HashSet<ModelRef>();
            while (!stop.IsCancellationRequested)
            {
                var answer = await _host.InferAsync(Ask(), CancellationToken.None);
                answer.Status.ShouldBe(InferenceStatus.Ok);
                ListOf(answer).ShouldBe(lists[answer.Model!], $"{answer.Model}");
                models.Add(answer.Model!);
                Interlocked.Increment(ref served);
            }

            return models;
        }

        // What a model answers that serves alone.
        static async Task<string[]> ListOfAsync(string folder)
        {
            var package = ModelPackageLoader.Load(folder);
            var engine = TestEngine.Create(package, TestEngine.Runners().Open(package), new InferenceOptions { MaxBatch = 1 });
            await using var disposing = engine;
            engine.Start();
            return ListOf((await engine.TryInferAsync(Ask(), TestContext.Current.CancellationToken)).ShouldNotBeNull());
        }
    }

    private static string[] ListOf(InferenceResult answer) => [.. answer.Candidates.Select(candidate => candidate.ItemId)];

    private static InferenceRequest Ask() => TestEngine.Ask("85123A", "22423", "47566");
}
