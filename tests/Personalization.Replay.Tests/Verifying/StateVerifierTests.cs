using System.Net;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Personalization.Client;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Replay.Verifying;

public sealed class StateVerifierTests
{
    private static readonly VerifyOptions Quick = new() { Concurrency = 2, RetryPause = TimeSpan.Zero };
    private readonly IPersonalizationClient _client = Substitute.For<IPersonalizationClient>();
    private readonly ExpectedState _expected = new();

    public StateVerifierTests()
    {
        foreach (var user in new[] { "a", "b", "c" })
        {
            for (var i = 0; i < 3; i++)
            {
                _expected.Add(new BehaviorEvent { EventId = $"{user}{i}", UserId = user, ItemId = $"i{i}", Type = EventType.Click, Timestamp = Some.Start.AddMinutes(i) });
            }

            Answers(user, "i2", "i1", "i0");
            HasClicked(user, 3);
        }
    }

    [Fact]
    public async Task All_users_are_compared()
    {
        var told = 0L;

        var result = await new StateVerifier(_client, Quick).RunAsync(_expected, new Told(done => Interlocked.Increment(ref told)), TestContext.Current.CancellationToken);

        (result.Users, result.Events, result.DifferentUsers).ShouldBe((3, 9L, 0));
        told.ShouldBe(3);
    }

    [Fact]
    public async Task One_lost_event_of_one_user_is_a_difference()
    {
        Answers("b", "i2", "i0");

        var result = await new StateVerifier(_client, Quick).RunAsync(_expected, cancellationToken: TestContext.Current.CancellationToken);

        result.DifferentUsers.ShouldBe(1);
        result.Differences.ShouldHaveSingleItem().ShouldStartWith("user b, place 1");
    }

    [Fact]
    public async Task An_equal_history_with_another_sum_is_a_difference()
    {
        HasClicked("c", 4);

        var result = await new StateVerifier(_client, Quick).RunAsync(_expected, cancellationToken: TestContext.Current.CancellationToken);

        result.DifferentUsers.ShouldBe(1);
        result.Differences.ShouldHaveSingleItem().ShouldBe("user c: expected 3 of click in all, found 4");
    }

    [Fact]
    public async Task All_differences_are_counted_and_the_first_are_shown()
    {
        Answers("a");
        Answers("b");
        Answers("c");

        var result = await new StateVerifier(_client, Quick with { Shown = 2 }).RunAsync(_expected, cancellationToken: TestContext.Current.CancellationToken);

        result.DifferentUsers.ShouldBe(3);
        result.Differences.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_history_of_several_pages_is_read_to_its_end()
    {
        _client.GetHistoryAsync("a", Arg.Is<HistoryQuery>(query => query.Before == null), Arg.Any<CancellationToken>()).Returns(Page("a", ["i2", "i1"], "t.0.1"));
        _client.GetHistoryAsync("a", Arg.Is<HistoryQuery>(query => query.Before == "t.0.1"), Arg.Any<CancellationToken>()).Returns(Page("a", ["i0"], null));

        (await new StateVerifier(_client, Quick).RunAsync(_expected, cancellationToken: TestContext.Current.CancellationToken)).DifferentUsers.ShouldBe(0);
    }

    [Fact]
    public async Task A_read_that_fails_for_a_while_is_tried_again()
    {
        var failures = new Queue<Exception>([
            new HttpRequestException("refused"), new TaskCanceledException("slow"), new PersonalizationApiException(HttpStatusCode.ServiceUnavailable, "busy", "{}"),
        ]);
        _client.GetHistoryAsync("a", Arg.Any<HistoryQuery>(), Arg.Any<CancellationToken>()).Returns(
            _ => failures.TryDequeue(out var failure) ? throw failure : Page("a", ["i2", "i1", "i0"], null));

        var result = await new StateVerifier(_client, Quick).RunAsync(_expected, cancellationToken: TestContext.Current.CancellationToken);

        (result.DifferentUsers, result.Retries).ShouldBe((0, 3L));
    }

    [Fact]
    public async Task A_read_that_keeps_failing_ends_the_comparison()
    {
        _client.GetHistoryAsync("a", Arg.Any<HistoryQuery>(), Arg.Any<CancellationToken>()).ThrowsAsync(new HttpRequestException("refused"));

        await Should.ThrowAsync<HttpRequestException>(() => new StateVerifier(_client, Quick with { RetryFor = TimeSpan.Zero }).RunAsync(_expected));
    }

    private static HistoryPage Page(string user, string[] items, string? next) => new()
    {
        UserId = user,
        Events = [.. items.Select(item => new HistoryEvent { ItemId = item, Type = EventType.Click, Timestamp = Some.Start.AddMinutes(int.Parse(item[1..])), Position = "t.0.0" })],
        Next = next,
    };

    private void Answers(string user, params string[] items) =>
        _client.GetHistoryAsync(user, Arg.Any<HistoryQuery>(), Arg.Any<CancellationToken>()).Returns(Page(user, items, null));

    private void HasClicked(string user, int times) =>
        _client.GetProfileAsync(user, Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).Returns(new UserProfile
        {
            UserId = user,
            Counts = new() { ["click"] = times },
            FirstSeen = Some.Start,
            LastSeen = Some.Start.AddMinutes(2),
        });

    private sealed class Told(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
