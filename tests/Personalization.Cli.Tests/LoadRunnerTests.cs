using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Personalization.Cli.Load;
using Personalization.Client;
using Personalization.Events;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Replay;

namespace Personalization.Cli.Tests;

public sealed class LoadRunnerTests
{
    private readonly IPersonalizationClient _client = Substitute.For<IPersonalizationClient>();

    public LoadRunnerTests()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { ShopTime = new DateTimeOffset(2011, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        _client.TrackAsync(Arg.Any<BehaviorEvent>(), Arg.Any<CancellationToken>()).Returns("t.0.7");
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(Shelf("t.0.7"));
        _client.RankAsync(Arg.Any<string>(), Arg.Any<RankRequest>(), Arg.Any<CancellationToken>()).Returns(new RankResponse { UserId = "u", RecommendationId = "r" });
    }

    [Fact]
    public async Task Click_asks_for_the_shelf_that_knows_the_click_and_leaves_the_warm_up_out()
    {
        var report = await RunAsync(new LoadOptions { Url = new Uri("http://x/"), Rate = 1e6, Trials = 50, WarmUp = 10 });

        report.Trials.ShouldBe(50);
        report.Part("event")!.Count.ShouldBe(50);
        report.Part("shelf")!.Count.ShouldBe(50);
        report.Stale.ShouldBe(0);
        report.Sources.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["model"] = 50 });
        await _client.Received(60).RecommendAsync(Arg.Any<string>(), Arg.Is<RecommendationRequest>(request => request.MinVersion == "t.0.7"), Arg.Any<CancellationToken>());
        await _client.Received(60).TrackAsync(Arg.Is<BehaviorEvent>(click => click.Timestamp.Year == 2011), Arg.Any<CancellationToken>());
    }

    [Theory]
    [InlineData("t.0.6", 1)]
    [InlineData("t.0.8", 0)]
    [InlineData(null, 1)]
    public async Task An_answer_older_than_the_click_is_stale_whatever_it_says(string? version, long stale)
    {
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(Shelf(version));

        (await RunAsync(new LoadOptions { Url = new Uri("http://x/"), Rate = 1e6, Trials = 1, WarmUp = 0 })).Stale.ShouldBe(stale);
    }

    [Fact]
    public async Task Failures_are_named_and_stay_in_the_percentiles()
    {
        var failures = new Queue<Exception>([
            new HttpRequestException(HttpRequestError.ConnectionError), new TaskCanceledException(), new PersonalizationApiException(System.Net.HttpStatusCode.ServiceUnavailable, "busy", "{}"),
        ]);
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).ThrowsAsync(_ => failures.Dequeue());

        var report = await RunAsync(new LoadOptions { Url = new Uri("http://x/"), Scenario = LoadScenario.Recommend, Rate = 1e6, Trials = 3, WarmUp = 0 });

        report.Trials.ShouldBe(3);
        report.Part(LoadRecorder.Total)!.Count.ShouldBe(3);
        report.Errors.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["connection_ConnectionError"] = 1, ["http_503"] = 1, ["timeout"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public async Task An_answer_that_never_comes_does_not_hold_back_the_next_arrivals()
    {
        var answer = new TaskCompletionSource<RecommendationResponse>();
        var asked = 0;
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(call =>
        {
            if (Interlocked.Increment(ref asked) == 20)
            {
                answer.SetResult(Shelf(null));
            }

            return answer.Task;
        });

        var report = await RunAsync(new LoadOptions { Url = new Uri("http://x/"), Scenario = LoadScenario.Recommend, Rate = 1e6, Trials = 20, WarmUp = 0 });

        report.Trials.ShouldBe(20);
    }

    [Fact]
    public async Task Arrivals_beyond_the_limit_of_open_ones_are_errors()
    {
        var answer = new TaskCompletionSource<RecommendationResponse>();
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(answer.Task);
        var options = new LoadOptions { Url = new Uri("http://x/"), Scenario = LoadScenario.Recommend, Rate = 1e6, Trials = 5, WarmUp = 0, MaxOpen = 2 };

        // The two that are open are answered once the other three are over.
        var report = await RunAsync(options, over => _ = over == 3 && answer.TrySetResult(Shelf(null))).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        report.Errors.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["too_many_open"] = 3 });
        report.Part(LoadRecorder.Total)!.Count.ShouldBe(2, "what was not sent has no time");
    }

    [Fact]
    public async Task A_visit_clicks_what_its_shelf_holds()
    {
        _client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(
            Shelf("t.0.7") with { Items = [new RecommendedItem { ItemId = "shown", Reason = new Reason("trending", [], "") }] });

        var report = await RunAsync(new LoadOptions { Url = new Uri("http://x/"), Scenario = LoadScenario.Visit, Rate = 1e6, Trials = 40, WarmUp = 0, VisitClicks = 3, Think = TimeSpan.Zero });

        report.Trials.ShouldBeInRange(80, 320);
        report.Part("rank")!.Count.ShouldBeGreaterThan(0);
        await _client.DidNotReceive().TrackAsync(Arg.Is<BehaviorEvent>(click => click.ItemId != "shown"), Arg.Any<CancellationToken>());
    }

    private static RecommendationResponse Shelf(string? version) => new() { UserId = "u", RecommendationId = "r", Version = version };

    private Task<LoadReport> RunAsync(LoadOptions options, Action<long>? over = null) =>
        new LoadRunner(_client, options, ["a", "b"], TimeProvider.System).RunAsync(new Reporter<long>(over ?? (_ => { })), TestContext.Current.CancellationToken);
}
