using Personalization.Inference.Tests.Support;
using static Personalization.Inference.Tests.Support.BatcherSimulation;

namespace Personalization.Inference.Tests.Engine;

/// <summary>What the batcher does when more comes than it can serve; simulated.</summary>
public sealed class OverloadTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(256, 1)]
    [InlineData(10_000, 1)]
    [InlineData(256, 2)]
    [InlineData(10_000, 2)]
    [InlineData(256, 4)]
    [InlineData(10_000, 4)]
    public async Task Three_times_what_it_can_serve_leaves_the_goodput_where_it_was(int capacity, int workers)
    {
        await using var simulation = new BatcherSimulation(new InferenceOptions { QueueCapacity = capacity, Workers = workers });
        var most = workers * MostPerSecond(simulation, length: 32);
        var span = Span / workers;

        var answers = await simulation.PlayAsync(Poisson(3 * most, length: 32, Budget, span));

        // After so many full runs nothing is known any more of what a run of few rows takes beside them.
        var withoutRows = simulation.Cost(0, 32);
        (answers.Count(a => a.IsGood) / span.TotalSeconds).ShouldBeGreaterThan(0.9 * most);
        answers.ShouldAllBe(a => a.Took <= Budget + withoutRows);
        answers.Where(a => a.Result.Status != InferenceStatus.Ok)
            .ShouldAllBe(a => a.Result.Status == InferenceStatus.DeadlineExceeded || a.Result.Status == InferenceStatus.Overloaded);
        simulation.Longest.ShouldBeLessThanOrEqualTo(capacity);
    }

    [Fact]
    public async Task A_model_that_becomes_five_times_slower_is_noticed_and_most_answers_stay_good()
    {
        await using var simulation = new BatcherSimulation(new InferenceOptions());
        var most = MostPerSecond(simulation, length: 32);
        var fast = simulation.Cost;
        simulation.Cost = (batch, length) => 5 * fast(batch, length);

        var answers = await simulation.PlayAsync(Poisson(most, length: 32, Budget, Span));

        answers.ShouldAllBe(a => a.Took <= Budget + (5 * fast(32, 32)));
        answers.Where(a => a.Arrival.At > Span / 4).Count(a => a.IsGood)
            .ShouldBeGreaterThan((int)(0.9 * 0.75 * Span.TotalSeconds * most / 5));
    }

    [Fact]
    public async Task A_model_that_was_too_slow_for_everybody_is_asked_again_after_a_second()
    {
        await using var simulation = new BatcherSimulation(new InferenceOptions());
        var fast = simulation.Cost;
        simulation.Cost = static (_, _) => 5 * Budget;
        var slow = Enumerable.Range(0, 300).Select(i => new Arrival(i * 6 * Budget, 8, TimeSpan.FromMinutes(1)));
        await simulation.PlayAsync(slow);
        simulation.Cost = fast;
        var soon = simulation.Now + (TimeSpan.FromSeconds(1) / 2);
        var later = simulation.Now + TimeSpan.FromSeconds(1.5);

        var answers = await simulation.PlayAsync([new Arrival(soon, 8, Budget), .. Enumerable.Range(0, 20).Select(i => new Arrival(later + (i * Budget), 8, Budget))]);

        answers[^21].Result.Status.ShouldBe(InferenceStatus.DeadlineExceeded);
        answers[^20..].ShouldAllBe(a => a.IsGood);
    }

    [Fact]
    public async Task Long_histories_that_were_too_slow_are_tried_again_though_short_ones_run_all_the_time()
    {
        await using var simulation = new BatcherSimulation(new InferenceOptions());
        var fast = simulation.Cost;
        simulation.Cost = (batch, length) => length > 8 ? 5 * Budget : fast(batch, length);
        await simulation.PlayAsync(Enumerable.Range(0, 300).Select(i => new Arrival(i * 6 * Budget, 50, TimeSpan.FromMinutes(1))));
        simulation.Cost = fast;
        var from = simulation.Now;

        var answers = await simulation.PlayAsync(Enumerable.Range(1, 400).Select(i => new Arrival(from + TimeSpan.FromMilliseconds(10 * i), i % 10 == 0 ? 50 : 8, Budget)));

        answers[300..].Count(a => a.Arrival.Length == 50).ShouldBe(40);
        answers[^100..].ShouldAllBe(a => a.IsGood);
    }

    [Fact]
    public async Task A_burst_that_nobody_foresaw_is_answered_newest_first()
    {
        // 300 at once take 5 ms each batch when the model stalls; the fresh ones after it must not wait behind them.
        await using var simulation = new BatcherSimulation(new InferenceOptions { QueueCapacity = 10_000 });
        var fast = simulation.Cost;
        var stalls = 1;
        simulation.Cost = (batch, length) => stalls-- > 0 ? TimeSpan.FromMilliseconds(12) : fast(batch, length);
        var burst = Enumerable.Range(0, 300).Select(_ => new Arrival(TimeSpan.Zero, 8, Budget));
        var fresh = Enumerable.Range(0, 5).Select(_ => new Arrival(TimeSpan.FromMilliseconds(11), 8, Budget));

        var answers = await simulation.PlayAsync(burst.Concat(fresh));

        answers[^5..].ShouldAllBe(a => a.IsGood && a.Result.QueueMs < 1.5);
        answers.ShouldAllBe(a => a.IsGood);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task What_cannot_make_it_behind_what_waits_is_refused_at_once(int workers)
    {
        await using var simulation = new BatcherSimulation(new InferenceOptions { QueueCapacity = 10_000, Workers = workers });
        var crowd = Enumerable.Range(0, 320 * workers).Select(_ => new Arrival(TimeSpan.Zero, 50, TimeSpan.FromSeconds(1)));
        var hurried = new Arrival(TimeSpan.Zero, 50, TimeSpan.FromMilliseconds(10));
        var patient = new Arrival(TimeSpan.Zero, 50, TimeSpan.FromMilliseconds(40));

        var answers = await simulation.PlayAsync([.. crowd, hurried, patient]);

        answers[^2].Result.Status.ShouldBe(InferenceStatus.DeadlineExceeded);
        answers[^2].Took.ShouldBe(TimeSpan.Zero);
        answers[^1].IsGood.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_crowd_of_bulk_work_delays_an_urgent_request_by_one_bounded_run(int workers)
    {
        var options = new InferenceOptions { QueueCapacity = 10_000, MaxBatch = 256, LongestRun = TimeSpan.FromMilliseconds(2), Workers = workers };
        await using var simulation = new BatcherSimulation(options);
        var bulk = Enumerable.Range(0, 5_000)
            .Select(_ => new Arrival(TimeSpan.Zero, 50, TimeSpan.FromSeconds(10), InferencePriority.Bulk));
        var urgent = Enumerable.Range(1, 50).Select(i => new Arrival(TimeSpan.FromMilliseconds(3 * i), 50, Budget));

        var answers = await simulation.PlayAsync(bulk.Concat(urgent));

        answers.ShouldAllBe(a => a.IsGood);
        answers.Where(a => a.Arrival.Priority == InferencePriority.Interactive).Max(a => a.Result.QueueMs).ShouldBeLessThan(2.1);
    }

    [Fact]
    public async Task A_run_is_not_made_longer_than_the_most_hurried_in_it_can_wait()
    {
        await using var simulation = new BatcherSimulation(new InferenceOptions());
        var hurried = new Arrival(TimeSpan.Zero, 50, TimeSpan.FromMilliseconds(0.5));
        var others = Enumerable.Range(0, 30).Select(_ => new Arrival(TimeSpan.Zero, 50, Budget));

        var answers = await simulation.PlayAsync([hurried, .. others]);

        answers.ShouldAllBe(a => a.IsGood);
        simulation.Model.Runs[0].Newest.Length.ShouldBe(6);
    }

    // What runs of full batches serve: the best there is.
    private static double MostPerSecond(BatcherSimulation simulation, int length) =>
        32 / simulation.Cost(32, length).TotalSeconds;

    private static IEnumerable<Arrival> Poisson(double perSecond, int length, TimeSpan budget, TimeSpan span)
    {
        var random = new Random(20111209);
        for (var at = TimeSpan.Zero; at < span; at += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond))
        {
            yield return new Arrival(at, length, budget);
        }
    }
}
