using Personalization.Catalog;
using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;
using Personalization.Items;

namespace Personalization.Inference.Tests.Retrieval;

/// <summary>A graph that chooses the best items itself, three of them; an engine stepped by hand.</summary>
public sealed class TopRetrievalTests : IAsyncDisposable
{
    private readonly FakeModel _model = new(top: 3);
    private readonly ItemCatalog _catalog = new();
    private readonly InferenceEngine _engine;

    public TopRetrievalTests() => _engine = TestEngine.Create(_model.Package, _model, new InferenceOptions(), catalog: _catalog);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Infer_SomeMayNotBeHad_TheGraphChoosesAmongTheOthers()
    {
        for (var index = 1; index <= 10; index++)
        {
            _catalog.Put(new Item { ItemId = $"i{index}", Title = "", Categories = [index < 7 ? "low" : "high"], Available = index != 8 });
        }

        _catalog.MarkLoaded();

        (await AskAsync(Ask(3) with { Exclude = ["i1", "i3"] })).ShouldBe(["i2", "i4", "i5"]);
        (await AskAsync(Ask(2) with { Categories = ["high"], Exclude = ["i9"] })).ShouldBe(["i7", "i10"]);
        _model.AllScores.ShouldBe([false, false]);
    }

    [Fact]
    public async Task Infer_FewerMayBeHadThanAsked_GivesThose() =>
        (await AskAsync(Ask(3) with { Exclude = [.. Enumerable.Range(1, 8).Select(i => $"i{i}")] })).ShouldBe(["i9", "i10"]);

    [Fact]
    public async Task Infer_ItemsToRank_AreTheOnlyOnesThatMayBeHad()
    {
        (await AskAsync(Ask(0) with { Candidates = ["i9", "unknown", "i4"] })).ShouldBe(["i4", "i9"]);
        _model.AllScores.ShouldBe([false]);
    }

    [Fact]
    public async Task Infer_MoreThanTheGraphChooses_AllScoresAreAskedFor()
    {
        (await AskAsync(Ask(5))).ShouldBe(["i1", "i2", "i3", "i4", "i5"]);
        (await AskAsync(Ask(1) with { Candidates = ["i9", "i8", "i7", "i6"] })).ShouldBe(["i6", "i7", "i8", "i9"]);
        _model.AllScores.ShouldBe([true, true]);
    }

    [Fact]
    public async Task Infer_OneRowOfARunWantsMore_AllGetTheirs()
    {
        var few = _engine.TryInferAsync(Ask(1) with { Exclude = ["i1"] }, TestContext.Current.CancellationToken).AsTask();
        var many = _engine.TryInferAsync(Ask(4), TestContext.Current.CancellationToken).AsTask();
        _engine.Workers[0].Step(wait: false);

        (await few)!.Candidates.Select(candidate => candidate.ItemId).ShouldBe(["i2"]);
        (await many)!.Candidates.Select(candidate => candidate.ItemId).ShouldBe(["i1", "i2", "i3", "i4"]);
        _model.AllScores.ShouldBe([true]);
    }

    [Fact]
    public async Task Infer_Probabilities_AreTheSameHoweverTheItemsAreChosen()
    {
        var chosen = await AnswerAsync(Ask(3));
        var scored = await AnswerAsync(Ask(4));

        for (var i = 0; i < 3; i++)
        {
            chosen.Candidates[i].Score.ShouldBe(scored.Candidates[i].Score, 1e-6f);
        }
    }

    private static InferenceRequest Ask(int count) => TestEngine.Ask("i1", "i2") with { Count = count };

    private async Task<IEnumerable<string>> AskAsync(InferenceRequest request) => (await AnswerAsync(request)).Candidates.Select(candidate => candidate.ItemId);

    private async Task<InferenceResult> AnswerAsync(InferenceRequest request)
    {
        var asking = _engine.TryInferAsync(request, TestContext.Current.CancellationToken);
        _engine.Workers[0].Step(wait: false);
        var answer = (await asking).ShouldNotBeNull();
        answer.Status.ShouldBe(InferenceStatus.Ok);
        return answer;
    }
}
