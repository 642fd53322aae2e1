using Personalization.Churn;
using Personalization.Inference.Models;
using Personalization.Inference.Tests.Support;
using Personalization.Models;

namespace Personalization.Inference.Tests.Models;

public sealed class ChallengerLogTests
{
    private const int Compared = 3045;

    private readonly KeptLog _log = new();

    [Fact]
    public async Task Compare_AThousandTimes_LogsTheMeansOfTheseOnce()
    {
        var model = new FakeModel(items: 30) { ChurnOf = _ => 0.5f };
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions());
        await using var challenger = new Challenger(new ModelChallenge(engine.Model, 0), engine, TestEngine.Instruments.Of(engine.Model), _log);
        engine.Start();

        await CompareAsync(challenger, times: 500, from: 6, churn: 0.3);
        await CompareAsync(challenger, times: 499, from: 1, churn: 0.5);
        _log.Of(Compared).ShouldBeEmpty();
        await CompareAsync(challenger, times: 1, from: 1, churn: 0.5);
        _log.Of(Compared).ShouldHaveSingleItem()
            .ShouldContain("last 1000 comparisons: churn differs by 0.100; 75.0 % of the ten best items are the champion's, of 1000 shelves");

        // The next thousand say nothing of these.
        await CompareAsync(challenger, times: 1_000, from: 1, churn: 0.5);
        _log.Of(Compared).Length.ShouldBe(2);
        _log.Of(Compared)[1].ShouldContain("churn differs by 0.000; 100.0 %");
    }

    // The challenger answers with i1 to i10 and 0.5, the champion with ten items from another number on.
    private static async Task CompareAsync(Challenger challenger, int times, int from, double churn)
    {
        var question = TestEngine.Ask("i1") with { Count = 10 };
        var answer = new InferenceResult
        {
            Status = InferenceStatus.Ok,
            Candidates = [.. Enumerable.Range(from, 10).Select(i => new ScoredCandidate($"i{i}", 0.1f, 0))],
            Churn = new ChurnSummary(churn, ChurnLevel.Low, 90),
        };
        for (var i = 0; i < times; i++)
        {
            await challenger.CompareAsync(question, answer);
        }
    }
}
