using Microsoft.Extensions.Time.Testing;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;
using Personalization.Items;

namespace Personalization.Inference.Tests.Retrieval;

/// <summary>Answers from the last run for the same shopper; an engine stepped by hand, so that every run is seen.</summary>
public sealed class LastRunsTests : IAsyncDisposable
{
    private static readonly string[] Candidates = ["i9", "i2", "i5", "unknown"];

    private readonly FakeTimeProvider _time = new();
    private readonly FakeModel _model = new();
    private readonly InferenceEngine _engine;

    public LastRunsTests() => _engine = TestEngine.Create(_model.Package, _model, new InferenceOptions(), _time);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Rank_AfterAShelfForTheSameHistory_NeedsNoRunAndGivesTheSame()
    {
        var fresh = await AskAsync(Rank("another"));
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        var ranked = await AskAsync(Rank("u"));

        _model.Runs.ShouldBeEmpty();
        ranked.Candidates.ShouldBe(fresh.Candidates);
        ranked.Candidates.Select(candidate => candidate.ItemId).ShouldBe(["i2", "i5", "i9"]);
        ranked.Churn.ShouldBe(fresh.Churn);
    }

    [Fact]
    public async Task ReuseBytes_CountTheInputThatARowIsOf()
    {
        var row = sizeof(float) * _model.Package.Vocabulary.Width;
        await using var engine = TestEngine.Create(_model.Package, _model, new InferenceOptions { ReuseBytes = row }, _time);
        await AskAsync(engine, Shelf("u"));
        _model.Runs.Clear();

        await AskAsync(engine, Rank("u"));

        _model.Runs.Count.ShouldBe(1, "a row alone has no room");
    }

    [Fact]
    public async Task Graph_ThatSaysHowLikelyItemsAre_IsAnsweredFromAsOneThatScoresThem()
    {
        var likely = new FakeModel(probabilities: true);
        await using var engine = TestEngine.Create(likely.Package, likely, new InferenceOptions(), _time);
        foreach (var request in (InferenceRequest[])[Shelf("u"), Shelf("u") with { Exclude = ["i1"], Count = 2 }, Rank("u"), Rank("another")])
        {
            var (expected, answer) = (await AskAsync(request), await AskAsync(engine, request));

            answer.Candidates.Select(candidate => candidate.ItemId).ShouldBe(expected.Candidates.Select(candidate => candidate.ItemId));
            answer.Candidates.Zip(expected.Candidates).ShouldAllBe(pair => Math.Abs(pair.First.Score - pair.Second.Score) < 1e-6);
        }

        likely.Runs.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Rank_AfterAnotherEvent_Runs()
    {
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        await AskAsync(TestEngine.Ask("i1", "i2", "i3") with { UserId = "u", Candidates = Candidates });

        _model.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rank_AnotherActionOnTheSameItem_Runs()
    {
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        await AskAsync(Rank("u") with { Types = [EventType.View, EventType.Purchase] });

        _model.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rank_SoMuchLaterThatScoresMayDiffer_Runs()
    {
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        // The package's classes begin at 60 s and 3,600 s.
        await AskAsync(Rank("u") with { Now = Rank("u").Now + 59_000 });
        _model.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rank_LongAfterTheRun_Runs()
    {
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();
        _time.Advance(TimeSpan.FromSeconds(31));

        await AskAsync(Rank("u"));

        _model.Runs.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("someone else")]
    [InlineData("")]
    public async Task Rank_OfAnotherShopper_Runs(string userId)
    {
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        await AskAsync(Rank(userId));

        _model.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Shelf_OfAnotherShapeForTheSameHistory_NeedsNoRunAndGivesTheSame()
    {
        var other = Shelf("u") with { Count = 6, Exclude = ["i3"] };
        var fresh = await AskAsync(other with { UserId = "another" });
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        var reused = await AskAsync(other);

        _model.Runs.ShouldBeEmpty();
        reused.Candidates.ShouldBe(fresh.Candidates);
        reused.Candidates.Length.ShouldBe(6);
        reused.Candidates.ShouldNotContain(candidate => candidate.ItemId == "i3");
        reused.Churn.ShouldBe(fresh.Churn);
    }

    [Fact]
    public async Task Shelf_AfterAnotherEvent_Runs()
    {
        await AskAsync(Shelf("u"));
        _model.Runs.Clear();

        await AskAsync(TestEngine.Ask("i1", "i2", "i3") with { UserId = "u" });

        _model.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Shelf_OfAnItemThatIsSoldOutSinceTheRun_DoesNotHaveIt()
    {
        var catalog = new ItemCatalog();
        foreach (var id in Enumerable.Range(1, 10).Select(i => $"i{i}"))
        {
            catalog.Put(new Item { ItemId = id, Title = id });
        }

        catalog.MarkLoaded();
        await using var engine = TestEngine.Create(_model.Package, _model, new InferenceOptions(), _time, catalog);
        var first = (await AskAsync(engine, Shelf("u"))).Candidates[0].ItemId;
        catalog.Put(new Item { ItemId = first, Title = first, Available = false });
        _model.Runs.Clear();

        var second = await AskAsync(engine, Shelf("u"));

        _model.Runs.ShouldBeEmpty();
        second.Candidates.Length.ShouldBe(3);
        second.Candidates.ShouldNotContain(candidate => candidate.ItemId == first);
    }

    [Fact]
    public async Task Shelf_ManyAtOnceAfterARun_AllGetTheSameAsThatRun()
    {
        var expected = (await AskAsync(Shelf("u"))).Candidates;
        _model.Runs.Clear();

        var shelves = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => _engine.TryInferAsync(Shelf("u"), CancellationToken.None).AsTask())));

        _model.Runs.ShouldBeEmpty();
        shelves.ShouldAllBe(shelf => shelf!.Candidates.SequenceEqual(expected));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShippedModel_GivesTheScoresOfARunBitForBit(bool vectors)
    {
        var package = ShippedPackage.Load();
        using var plain = TestEngine.Runners().Open(package);
        package = vectors
            ? package with { Manifest = package.Manifest with { HasVectors = true }, Vectors = new(plain.ItemVectors, new float[package.Vocabulary.Width]) }
            : package;
        var options = new InferenceOptions { ReuseFor = TimeSpan.FromHours(1) };
        await using var engine = TestEngine.Create(package, TestEngine.Runners().Open(package), options);
        engine.Start();
        var shelf = TestEngine.Ask([.. Enumerable.Range(5, 20).Select(i => package.Vocabulary[i * 7])]) with { UserId = "u", Count = 20 };
        var rank = shelf with { Candidates = [.. Enumerable.Range(1, 300).Select(i => package.Vocabulary[i])] };
        var fresh = await engine.TryInferAsync(rank with { UserId = "" }, CancellationToken.None);
        await engine.TryInferAsync(shelf, CancellationToken.None);

        var reused = (await engine.TryInferAsync(rank with { Now = rank.Now + 1 }, CancellationToken.None)).ShouldNotBeNull();

        reused.RunMs.ShouldBe(0);
        reused.Candidates.ShouldBe(fresh!.Candidates);

        // Where items are scored beside the graph another shelf is scored with others, by a run.
        var wide = shelf with { Count = 60 };
        var run = await engine.TryInferAsync(wide with { UserId = "" }, CancellationToken.None);
        var again = (await engine.TryInferAsync(wide, CancellationToken.None)).ShouldNotBeNull();
        again.Candidates.ShouldBe(run!.Candidates);
        (again.RunMs > 0).ShouldBe(vectors);
        engine.SharesRuns.ShouldBe(!vectors);
    }

    private static InferenceRequest Shelf(string userId) => TestEngine.Ask("i1", "i2") with { UserId = userId, Now = 61_000 };

    private static InferenceRequest Rank(string userId) => Shelf(userId) with { Candidates = Candidates };

    private Task<InferenceResult> AskAsync(InferenceRequest request) => AskAsync(_engine, request);

    private static async Task<InferenceResult> AskAsync(InferenceEngine engine, InferenceRequest request)
    {
        var answer = engine.TryInferAsync(request, CancellationToken.None);
        if (!answer.IsCompleted)
        {
            engine.Workers[0].Step(wait: false);
        }

        return (await answer).ShouldNotBeNull();
    }
}
