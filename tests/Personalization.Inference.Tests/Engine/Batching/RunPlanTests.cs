using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Engine;

public sealed class RunPlanTests
{
    private const int Buckets = 5;
    private const int MaxBatch = 8;

    [Fact]
    public void RunWith_RandomWaiting_TheRunsTakeTheLeastTimeOfAllDivisions()
    {
        var random = new Random(7);
        var shared = 0;
        for (var trial = 0; trial < 500; trial++)
        {
            var cost = Cost(random);
            var counts = Enumerable.Range(0, Buckets).Select(_ => Math.Max(0, random.Next(-2, MaxBatch))).ToArray();
            var runs = Runs(new RunPlan(cost, MaxBatch, long.MaxValue, Buckets), counts);

            runs.Sum(run => Time(cost, counts, run)).ShouldBe(Least(cost, counts, 0));
            shared += runs.Count(run => run.First < run.Last);
        }

        shared.ShouldBeInRange(100, 2_000);
    }

    [Fact]
    public void RunWith_NothingKnownOfRuns_EachClassHasItsOwn() =>
        new RunPlan(new RunCost(Buckets), MaxBatch, long.MaxValue, Buckets).RunWith(2, Lists([1, 1, 1, 1, 1])).ShouldBe((2, 2));

    private static List<(int First, int Last)> Runs(RunPlan plan, int[] counts)
    {
        var runs = new List<(int First, int Last)>();
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            if (counts[bucket] > 0 && !runs.Any(run => run.First <= bucket && bucket <= run.Last))
            {
                var run = plan.RunWith(bucket, Lists(counts));
                bucket.ShouldBeInRange(run.First, run.Last);
                counts[run.Last].ShouldBeGreaterThan(0);
                runs.Add(run);
            }
        }

        return runs;
    }

    private static long Least(RunCost cost, int[] counts, int first) => first == Buckets
        ? 0
        : Enumerable.Range(first, Buckets - first)
            .Where(last => last == first || (counts[last] > 0 && counts[first..(last + 1)].Sum() <= MaxBatch))
            .Min(last => Time(cost, counts, (first, last)) + Least(cost, counts, last + 1));

    private static long Time(RunCost cost, int[] counts, (int First, int Last) run)
    {
        var rows = counts[run.First..(run.Last + 1)].Sum();
        return rows == 0 ? 0 : cost.Of(run.Last, rows);
    }

    private static RunCost Cost(Random random)
    {
        var cost = new RunCost(Buckets);
        var perRow = 0;
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            perRow += random.Next(1, 60);
            cost.Add(bucket, 1, 150 + perRow, at: 0);
            cost.Add(bucket, MaxBatch, 150 + (MaxBatch * perRow), at: 0);
        }

        return cost;
    }

    private static JobList[] Lists(int[] counts) =>
    [
        .. counts.Select(count =>
        {
            var list = new JobList();
            for (var i = 0; i < count; i++)
            {
                list.Add(new InferenceJob(0));
            }

            return list;
        }),
    ];
}
