using Personalization.Catalog;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;
using Personalization.Items;

namespace Personalization.Inference.Tests.Engine;

/// <summary>The shipped model behind a running engine.</summary>
public sealed class EngineAnswerTests : IAsyncLifetime
{
    private readonly Personalization.Inference.Packages.ModelPackage _package = ShippedPackage.Load();
    private readonly ItemCatalog _catalog = new();
    private InferenceEngine _engine = null!;

    public ValueTask InitializeAsync()
    {
        _engine = TestEngine.Create(_package, TestEngine.Runners().Open(_package), new InferenceOptions(), catalog: _catalog);
        _engine.WarmUp();
        _engine.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Infer_KnownItems_GivesTheBestItemsWithProbabilitiesAndChurn()
    {
        var answer = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 20 });

        answer.Status.ShouldBe(InferenceStatus.Ok);
        answer.Model.ShouldBe(new("online-retail", "1"));
        answer.Candidates.Length.ShouldBe(20);
        answer.Candidates.Select(c => c.Score).ShouldBeInOrder(SortDirection.Descending);
        answer.Candidates.ShouldAllBe(c => c.Score > 0 && c.Score < 1);
        answer.Churn!.Probability.ShouldBeInRange(0, 1);
        answer.Churn.HorizonDays.ShouldBe(90);
        answer.ChurnThreshold.ShouldBe(_package.Manifest.Churn.High);
    }

    [Fact]
    public async Task Infer_WholeCatalogue_ProbabilitiesSumToOne()
    {
        var ids = Enumerable.Range(1, _package.Vocabulary.Count).Select(i => _package.Vocabulary[i]).ToArray();

        var answer = await InferAsync(TestEngine.Ask(Items(5)) with { Candidates = ids });

        answer.Candidates.Length.ShouldBe(ids.Length);
        answer.Candidates.Sum(c => (double)c.Score).ShouldBe(1, 1e-3);
    }

    [Fact]
    public async Task Infer_MoreTimePasses_ChurnRises()
    {
        var now = await InferAsync(TestEngine.Ask(Items(5)));
        var later = await InferAsync(TestEngine.Ask(Items(5)) with { Now = (long)TimeSpan.FromDays(200).TotalMilliseconds });

        later.Churn!.Probability.ShouldBeGreaterThan(now.Churn!.Probability);
    }

    [Fact]
    public async Task Infer_Exclude_LeavesThoseOutAndFillsUp()
    {
        var first = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 10 });
        var excluded = first.Candidates.Select(c => c.ItemId).Append("unknown item").ToArray();

        var second = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 10, Exclude = excluded });

        second.Candidates.Length.ShouldBe(10);
        second.Candidates.Select(c => c.ItemId).ShouldNotContain(id => excluded.Contains(id));
    }

    [Fact]
    public async Task Infer_OneCategory_GivesAllThereAreAndNoOthers()
    {
        foreach (var i in Enumerable.Range(1, 12))
        {
            _catalog.Put(new Item
            {
                ItemId = _package.Vocabulary[i],
                Title = "x",
                Categories = [i <= 7 ? "few" : "other"],
                Available = i != 3,
            });
        }

        _catalog.MarkLoaded();

        var answer = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 50, Categories = ["few"] });
        var all = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 50 });

        answer.Candidates.Select(c => c.ItemId).Order().ShouldBe(new[] { 1, 2, 4, 5, 6, 7 }.Select(i => _package.Vocabulary[i]).Order());
        all.Candidates.Length.ShouldBe(11);
    }

    [Fact]
    public async Task Infer_CatalogueChanges_NextAnswerFollows()
    {
        var before = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 1 });
        var gone = before.Candidates[0].ItemId;
        _catalog.Put(new Item { ItemId = gone, Title = "x", Available = false });

        var after = await InferAsync(TestEngine.Ask(Items(5)) with { Count = 1 });

        after.Candidates[0].ItemId.ShouldNotBe(gone);
    }

    [Fact]
    public async Task Infer_Candidates_RanksTheKnownOnesWhateverTheCatalogueSays()
    {
        _catalog.MarkLoaded();
        var candidates = Items(4).Append("unknown item").ToArray();

        var answer = await InferAsync(TestEngine.Ask(Items(5)) with { Candidates = candidates, Count = 1, Exclude = candidates });

        answer.Candidates.Select(c => c.ItemId).ShouldBe(Items(4), ignoreOrder: true);
        answer.Candidates.Select(c => c.Score).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task Infer_NoKnownItem_SaysSo()
    {
        var answer = await InferAsync(TestEngine.Ask("never", "heard of"));

        answer.Status.ShouldBe(InferenceStatus.NoKnownItems);
    }

    [Fact]
    public async Task Infer_CountZero_GivesChurnOnly()
    {
        var answer = await InferAsync(TestEngine.Ask(Items(1)) with { Count = 0, Types = [EventType.Purchase] });

        answer.Status.ShouldBe(InferenceStatus.Ok);
        answer.Candidates.ShouldBeEmpty();
        var (probability, from) = (answer.Churn.ShouldNotBeNull().Probability, _package.Manifest.Churn);
        answer.Churn.Level.ShouldBe(probability >= from.High ? ChurnLevel.High : probability >= from.Watch ? ChurnLevel.Watch : ChurnLevel.Low);
    }

    [Fact]
    public async Task Infer_CandidateThatIsInTheSequence_IsExplainedByItsNewestEvent()
    {
        var items = Items(3);

        var answer = await InferAsync(TestEngine.Ask(items[0], "unknown item", items[0], items[1]) with { Candidates = [items[0]] });

        answer.Candidates[0].BecauseOf.ShouldBe(2);
    }

    [Fact]
    public async Task Infer_ManyAtOnce_EachGetsTheAnswerItGetsAlone()
    {
        var questions = Enumerable.Range(0, 200)
            .Select(n => TestEngine.Ask([.. Enumerable.Range(0, 1 + (n % 60)).Select(i => _package.Vocabulary[1 + ((n * 31 + i * 17) % 3_000)])]))
            .ToArray();
        var alone = new List<InferenceResult>();
        foreach (var question in questions)
        {
            alone.Add(await InferAsync(question));
        }

        var together = await Task.WhenAll(questions.Select(question => Task.Run(() => InferAsync(question))));

        foreach (var (one, other) in alone.Zip(together))
        {
            other.ShouldBeTheSame(one);
        }
    }

    [Fact]
    public async Task Infer_ByTheCatalogueAsItIs_SaysWhichEntriesItChose()
    {
        var model = new FakeModel(items: 3);
        var catalog = new ItemCatalog();
        Item[] items = [.. Enumerable.Range(1, 2).Select(i => new Item { ItemId = $"i{i}", Title = "x" })];
        Array.ForEach(items, catalog.Put);
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions(), catalog: catalog);
        await using var disposing = engine;
        engine.Start();

        var chosen = await engine.TryInferAsync(TestEngine.Ask("i1"), TestContext.Current.CancellationToken);
        model.BeforeRun = _ => catalog.Put(items[0] with { Available = false });
        var outdated = await engine.TryInferAsync(TestEngine.Ask("i1"), TestContext.Current.CancellationToken);

        chosen!.Candidates.Select(c => c.Item).ShouldBe([items[0], items[1], null]);
        outdated!.Candidates.ShouldAllBe(c => c.Item == null);
    }

    [Fact]
    public void Similar_GivesEligibleNeighboursAndNotTheItemItself()
    {
        var item = _package.Vocabulary[1_000];
        var first = _engine.Similar(item, 5)!;
        _catalog.Put(new Item { ItemId = first[0].ItemId, Title = "x", Available = false });

        var second = _engine.Similar(item, 5)!;

        first.Length.ShouldBe(5);
        first.Select(s => s.Score).ShouldBeInOrder(SortDirection.Descending);
        first.ShouldNotContain(s => s.ItemId == item);
        second[0].ShouldBe(first[1]);
        _engine.Similar("unknown item", 5).ShouldBeNull();
    }

    private string[] Items(int count) => [.. Enumerable.Range(1, count).Select(i => _package.Vocabulary[i * 100])];

    private async Task<InferenceResult> InferAsync(InferenceRequest request) =>
        (await _engine.TryInferAsync(request, TestContext.Current.CancellationToken)).ShouldNotBeNull();
}
