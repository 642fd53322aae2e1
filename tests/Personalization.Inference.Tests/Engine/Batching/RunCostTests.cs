using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Engine;

public sealed class RunCostTests
{
    private readonly RunCost _cost = new(buckets: 2);

    [Fact]
    public void Of_NothingKnown_IsZero() => _cost.Of(0, 5).ShouldBe(0);

    [Fact]
    public void Of_RunsOfSeveralSizes_IsTheirLineForEachLengthClass()
    {
        foreach (var rows in Enumerable.Range(0, 400).Select(run => 1 + (run % 8)))
        {
            _cost.Add(0, rows, 10_000 + (2_000 * rows), at: 0);
            _cost.Add(1, rows, 100_000 + (9_000 * rows), at: 0);
        }

        ShouldBeAbout(_cost.Of(0, 32), 10_000 + (2_000 * 32));
        ShouldBeAbout(_cost.Of(1, 4), 100_000 + (9_000 * 4));
        ShouldBeAbout(_cost.OfBacklog(0, rows: 70, maxBatch: 32, longestRun: long.MaxValue), (3 * 10_000) + (2_000 * 70));
        ShouldBeAbout(_cost.OfBacklog(0, rows: 7, maxBatch: 32, longestRun: 16_500), (2 * 16_000) + 12_000, "three rows a run");
        ShouldBeAbout(_cost.OfBacklog(0, rows: 7, maxBatch: 32, longestRun: 1), 7 * 12_000, "one row at least");
    }

    [Fact]
    public void Of_RunsOfOneSizeOnly_AssumesNoFixedPart()
    {
        _cost.Add(0, 4, 400, at: 0);

        _cost.Of(0, 8).ShouldBe(800);
    }

    [Fact]
    public void Of_ModelGetsSlower_FollowsWithinAHundredRuns()
    {
        Repeat(100, factor: 1);
        Repeat(200, factor: 5);

        ((double)_cost.Of(0, 4)).ShouldBe(5 * 18_000, tolerance: 5 * 18_000 * 0.1);
    }

    [Fact]
    public void Of_OneRunThatTookAFifth_IsBelievedAtOnce()
    {
        Repeat(100, factor: 5);
        Repeat(1, factor: 1);

        ((double)_cost.Of(0, 4)).ShouldBe(18_000, tolerance: 1_800);
    }

    [Fact]
    public void Of_OnePauseOfTheMachine_ChangesLittle()
    {
        Repeat(100, factor: 1);
        _cost.Add(0, 4, 100_000_000, at: 0);

        ((double)_cost.Of(0, 4)).ShouldBe(18_000, tolerance: 1_800);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Of_ThousandsOfRunsOfNearlyOneSize_StillKnowsWhatOneRowTakes(int factor)
    {
        var random = new Random(1);
        Repeat(100, factor: 1);
        for (var run = 0; run < 5_000; run++)
        {
            var rows = run % 50 == 0 ? 7 : 8;
            _cost.Add(0, rows, (long)(factor * (10_000 + (2_000 * rows)) * (0.9 + (0.2 * random.NextDouble()))), at: 0);
        }

        ((double)_cost.Of(0, 1)).ShouldBeInRange(factor * 12_000 * 0.6, factor * 12_000 * 1.4);
    }

    private static void ShouldBeAbout(long ticks, long expected, string? because = null) => ((double)ticks).ShouldBe(expected, tolerance: 0.02 * expected, because);

    private void Repeat(int times, int factor)
    {
        for (var i = 0; i < times; i++)
        {
            var rows = 1 + (i % 8);
            _cost.Add(0, rows, factor * (10_000 + (2_000 * rows)), at: 0);
        }
    }
}
