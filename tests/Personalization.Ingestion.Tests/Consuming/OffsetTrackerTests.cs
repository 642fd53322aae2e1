using FsCheck;
using FsCheck.Fluent;

namespace Personalization.Ingestion.Tests;

public sealed class OffsetTrackerTests
{
    [Fact]
    public void NextToCommit_NothingDone_IsUnknown()
    {
        var tracker = new OffsetTracker();
        tracker.Track(5);
        tracker.NextToCommit.ShouldBe(-1);
    }

    [Fact]
    public void Complete_LaterOffsetFirst_WaitsForTheHole()
    {
        var tracker = new OffsetTracker();
        tracker.Track(5);
        tracker.Track(6);
        tracker.Complete(6);
        tracker.NextToCommit.ShouldBe(-1);
        tracker.Complete(5);
        tracker.NextToCommit.ShouldBe(7);
        tracker.Pending.ShouldBe(0);
    }

    [Fact]
    public void Track_OffsetGoesBack_IsRefused()
    {
        var tracker = new OffsetTracker();
        tracker.Track(5);
        Should.Throw<ArgumentOutOfRangeException>(() => tracker.Track(5));
    }

    /// <summary>Any log with holes, tracked and completed in any interleaving, against the obvious model.</summary>
    [Fact]
    public void NextToCommit_AnyInterleaving_IsOneBehindTheContiguousPrefix()
    {
        var steps = Gen.Choose(0, 1_000_000).ArrayOf().Select(seeds => seeds).ToArbitrary();
        Prop.ForAll(steps, MatchesModel).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(600));
    }

    private static bool MatchesModel(int[] seeds)
    {
        var tracker = new OffsetTracker();
        var open = new SortedSet<long>();
        var tracked = new List<long>();
        long next = 0;
        foreach (var seed in seeds)
        {
            if (seed % 3 != 0 || open.Count == 0)
            {
                next += 1 + (seed % 7 == 0 ? seed % 100 : 0);
                tracker.Track(next);
                tracked.Add(next);
                open.Add(next);
            }
            else
            {
                var done = open.ElementAt(seed % open.Count);
                open.Remove(done);
                tracker.Complete(done);
            }

            var last = tracked.LastOrDefault(offset => open.Count == 0 || offset < open.Min, -2);
            if (tracker.NextToCommit != (last == -2 ? -1 : last + 1))
            {
                return false;
            }
        }

        return true;
    }
}
