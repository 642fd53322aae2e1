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
        for (var rows = 1; rows <= 8; rows++)
        {
            _cost.Add(0, rows, 100 + (20 * rows), at: 0);
            _cost.Add(1, rows, 1_000 + (90 * rows), at: 0);
        }

        ((double)_cost.Of(0, 32)).ShouldBe(100 + (20 * 32), tolerance: 1);
        ((double)_cost.Of(1, 4)).ShouldBe(1_000 + (90 * 4), tolerance: 1);
        ((double)_cost.OfBacklog(0, rows: 70, maxBatch: 32, longestRun: long.MaxValue)).ShouldBe((3 * 100) + (20 * 70), tolerance: 3);
        ((double)_cost.OfBacklog(0, rows: 7, maxBatch: 32, longestRun: 165)).ShouldBe((2 * 160) + 120, tolerance: 3, "three rows a run");
        ((double)_cost.OfBacklog(0, rows: 7, maxBatch: 32, longestRun: 1)).ShouldBe(7 * 120, tolerance: 3, "one row at least");
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

        ((double)_cost.Of(0, 4)).ShouldBe(5 * 180, tolerance: 5 * 180 * 0.2);
    }

    [Fact]
    public void Of_OneRunThatTookAFifth_IsBelievedAtOnce()
    {
        Repeat(100, factor: 5);
        Repeat(1, factor: 1);

        ((double)_cost.Of(0, 4)).ShouldBe(180, tolerance: 18);
    }

    [Fact]
    public void Of_OnePauseOfTheMachine_ChangesLittle()
    {
        Repeat(100, factor: 1);
        _cost.Add(0, 4, 1_000_000, at: 0);

        ((double)_cost.Of(0, 4)).ShouldBe(180, tolerance: 18);
    }

    private void Repeat(int times, int factor)
    {
        for (var i = 0; i < times; i++)
        {
            var rows = 1 + (i % 8);
            _cost.Add(0, rows, factor * (100 + (20 * rows)), at: 0);
        }
    }
}
