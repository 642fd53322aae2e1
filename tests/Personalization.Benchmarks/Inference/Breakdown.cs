using System.Diagnostics;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Benchmarks.Inference;

/// <summary>Where the time of one recommendation goes when it has the machine for itself.</summary>
internal static class Breakdown
{
    private const int Requests = 3_000;

    /// <summary>Asks one after the other and prints medians, microseconds.</summary>
    public static async Task PrintAsync(IGrainFactory grains, int users)
    {
        var rows = new List<(double Total, ServerTimings Timings)>();
        for (var i = 0; i < Requests; i++)
        {
            var started = Stopwatch.GetTimestamp();

            var shelf = await grains.GetGrain<IUserGrain>(Shoppers.IdOf(i % users))
                .Recommend(new RecommendationRequest { Count = 10 }, CancellationToken.None);
            rows.Add((Stopwatch.GetElapsedTime(started).TotalMilliseconds, shelf.Timings));
        }

        var (total, grain) = (Median(row => row.Total), Median(row => row.Timings.Grain));
        var (queue, run, ranking) = (Median(row => row.Timings.Queue), Median(row => row.Timings.Inference), Median(row => row.Timings.Ranking));
        Console.WriteLine($"one at a time, medians: {total:0} us = messages {total - grain:0} + queue {queue:0} + model {run:0} + ranking {ranking:0} + the rest in the grain {grain - queue - run - ranking:0}");

        double Median(Func<(double Total, ServerTimings Timings), double> of) => new Latencies(rows.Select(of)).P(50) * 1_000;
    }
}
