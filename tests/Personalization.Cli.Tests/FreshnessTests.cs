using NSubstitute;
using Personalization.Cli.Load;
using Personalization.Client;
using Personalization.Events;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Replay;

namespace Personalization.Cli.Tests;

public sealed class FreshnessTests
{
    private readonly IPersonalizationClient _client = Substitute.For<IPersonalizationClient>();

    public FreshnessTests()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus());
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>())
            .Returns(call => new RecommendationResponse { UserId = "u", RecommendationId = "r", Version = call.Arg<RecommendationRequest>().MinVersion });
    }

    [Fact]
    public async Task Every_event_is_followed_until_its_shelf_and_its_commit()
    {
        var stream = new FakeStream { Commits = true };

        var report = await RunAsync(stream, trials: 25);

        report.Trials.ShouldBe(25);
        report.Part("acknowledged")!.Count.ShouldBe(25);
        report.Part("shelf")!.Count.ShouldBe(25);
        report.Part(FreshnessRunner.Durable)!.Count.ShouldBe(25);
        report.Errors.ShouldBeEmpty();
        stream.Background.IsCompleted.ShouldBeTrue("the background must end with the run");
    }

    [Fact]
    public async Task Arrivals_beyond_the_limit_of_open_ones_are_errors()
    {
        var answer = new TaskCompletionSource<RecommendationResponse>();
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(answer.Task);
        var stream = new FakeStream { Commits = true };

        // The two that are open are answered once the other three are over.
        var report = await RunAsync(stream, trials: 5, maxOpen: 2, over => _ = over == 3 && answer.TrySetResult(new RecommendationResponse { UserId = "u", RecommendationId = "r" }))
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        report.Errors.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["too_many_open"] = 3 });
        report.Part(FreshnessRunner.Durable)!.Count.ShouldBe(2, "what was not sent is nowhere");
    }

    [Fact]
    public async Task A_background_that_fails_fails_the_run()
    {
        var stream = new FakeStream { Commits = true, Failure = new IOException("no broker") };

        await Should.ThrowAsync<IOException>(() => RunAsync(stream, trials: 1_000_000));
    }

    [Fact]
    public async Task An_event_is_durable_only_when_an_offset_behind_it_is_committed()
    {
        var committed = new Queue<long[]>([[5, 0], [6, 0], [7, 1]]);
        var durable = new List<TimeSpan>();
        using var stop = new CancellationTokenSource();
        var watch = new DurabilityWatch(
            _ =>
            {
                if (!committed.TryDequeue(out var offsets))
                {
                    stop.Cancel();
                    return Task.FromResult<long[]>([7, 1]);
                }

                durable.Count.ShouldBe(offsets[0] == 7 ? 1 : 0, "before the third answer only offset 5 is covered");
                return Task.FromResult(offsets);
            },
            durable.Add,
            TimeProvider.System);
        watch.Add(new StreamPosition("t", 0, 5), TimeSpan.FromSeconds(1));
        watch.Add(new StreamPosition("t", 1, 0), TimeSpan.FromSeconds(2));

        await watch.RunAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        durable.ShouldBe([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)]);
        watch.Open.ShouldBe(0);
    }

    private Task<LoadReport> RunAsync(IFreshnessStream stream, int trials, int maxOpen = 10_000, Action<long>? over = null) => new FreshnessRunner(
        _client, new LoadOptions { Url = new Uri("http://x/"), Rate = 2_000, Trials = trials, WarmUp = 0, MaxOpen = maxOpen }, ["a"], stream, TimeProvider.System)
        .RunAsync(new Reporter<long>(over ?? (_ => { })), TestContext.Current.CancellationToken);

    private sealed class FakeStream : IFreshnessStream
    {
        private long _next;

        public bool Commits { get; init; }

        public Exception? Failure { get; init; }

        public Task Background { get; private set; } = Task.CompletedTask;

        public Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken) =>
            Task.FromResult(new StreamPosition("t", 0, Interlocked.Increment(ref _next) - 1));

        public Task<long[]> CommittedAsync(CancellationToken cancellationToken) => Task.FromResult<long[]>([Commits ? Interlocked.Read(ref _next) : 0]);

        public Task RunBackgroundAsync(Func<DateTimeOffset> now, CancellationToken cancellationToken) =>
            Background = Failure is null ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.FromException(Failure);
    }
}
