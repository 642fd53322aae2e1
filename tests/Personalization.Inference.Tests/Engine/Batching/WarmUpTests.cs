using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

public sealed class WarmUpTests
{
    private const int Workers = 2;
    private const int SlotsOfAWorker = 2;
    private const int MaxBatch = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task StartWarm_RunsEveryShapeTwiceOnEverySlotAndOnTheThreadThatServesWithIt(int top)
    {
        var model = new FakeModel(items: 20, top: top);
        var traced = new TracedSlots(model);
        var engine = TestEngine.Create(model.Package, traced, new InferenceOptions { MaxBatch = MaxBatch, Workers = Workers });
        await using var disposing = engine;

        await engine.StartWarmAsync(gently: false, TestContext.Current.CancellationToken);

        var buckets = new LengthBuckets(50);
        bool[] allScores = top == 0 ? [true] : [true, false];
        var shapes =
            from bucket in Enumerable.Range(0, buckets.Count)
            from batch in Enumerable.Range(1, MaxBatch)
            from all in allScores
            from time in Enumerable.Range(0, 2)
            select (batch, buckets[bucket], all);
        var expected = shapes.Order().ToArray();
        var slots = traced.Runs.GroupBy(run => run.Slot).ToArray();
        slots.Length.ShouldBe(Workers * SlotsOfAWorker);
        foreach (var runs in slots)
        {
            // Behind them comes the question of one of the workers.
            runs.Take(expected.Length).Select(run => (run.Batch, run.Length, run.AllScores)).Order().ToArray().ShouldBe(expected, $"slot {runs.Key}");
            runs.Select(run => run.Thread).Distinct().ShouldHaveSingleItem();
        }

        traced.Runs.Count.ShouldBe((Workers * SlotsOfAWorker * expected.Length) + 1);
        var threads = slots.ToDictionary(runs => runs.Key, runs => runs.First().Thread);
        threads.Values.Distinct().Count().ShouldBe(Workers);
        var warm = traced.Runs.Count;
        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => engine.TryInferAsync(TestEngine.Ask($"i{i}"), CancellationToken.None).AsTask()));
        traced.Runs.Skip(warm).ShouldAllBe(run => run.Thread == threads[run.Slot]);
    }

    [Fact]
    public async Task StartWarm_GivenUp_EndsAfterTheShapeItIsAt()
    {
        var model = new FakeModel();
        var traced = new TracedSlots(model);
        var engine = TestEngine.Create(model.Package, traced, new InferenceOptions { MaxBatch = MaxBatch });
        await using var disposing = engine;
        using var stop = new CancellationTokenSource();
        model.BeforeRun = _ => stop.Cancel();

        await Should.ThrowAsync<OperationCanceledException>(() => engine.StartWarmAsync(gently: true, stop.Token));

        traced.Runs.Count.ShouldBe(2);
    }
}
