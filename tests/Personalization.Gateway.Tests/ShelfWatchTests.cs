using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.GatewayTests;

/// <summary>What a live stream of a user does while it is open.</summary>
public sealed class ShelfWatchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new();
    private readonly IUserGrain _user = Substitute.For<IUserGrain>();
    private readonly IUserWatcher _reference = Substitute.For<IUserWatcher>();
    private IUserWatcher? _watcher;
    private GatewayUnderTest _gateway = null!;
    private HttpResponseMessage _answer = null!;
    private StreamReader _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(clock: _clock);
        _gateway.Grains.GetGrain<IUserGrain>("u").Returns(_user);
        _gateway.Grains.CreateObjectReference<IUserWatcher>(Arg.Do<IGrainObserver>(watcher => _watcher = (IUserWatcher)watcher)).Returns(_reference);
        _answer = await _gateway.Http.GetAsync(new Uri("/v1/stream?user=u", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        _reader = new StreamReader(await _answer.Content.ReadAsStreamAsync());
        await EventAsync("hello");
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _answer.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_shelf_that_the_grain_pushes_is_sent()
    {
        await _user.Received(1).Watch(_reference, Arg.Is<RecommendationRequest>(request => request.IncludeItems));

        await _watcher!.OnShelf(new RecommendationResponse { UserId = "u", RecommendationId = "r1" });

        await EventAsync("shelf");
        (await _reader.ReadLineAsync()).ShouldNotBeNull().ShouldContain("\"recommendationId\":\"r1\"");
    }

    [Fact]
    public async Task A_watch_is_renewed_before_the_grain_lets_it_go_also_after_a_renewal_that_failed()
    {
        _user.Watch(_reference, Arg.Any<RecommendationRequest>()).Returns(Task.FromException(new TimeoutException()), Task.CompletedTask);

        await RenewedAsync(2);
        await RenewedAsync(3);

        async Task RenewedAsync(int times)
        {
            _clock.Advance(IUserGrain.WatchDuration / 2);
            await Wait.UntilAsync(() => Watches() >= times, "the watch is renewed");
        }
    }

    [Fact]
    public async Task A_watch_ends_with_its_stream()
    {
        _reader.Dispose();
        _answer.Dispose();

        await Wait.UntilAsync(() => _user.ReceivedCalls().Any(call => call.GetMethodInfo().Name == nameof(IUserGrain.Unwatch)), "the grain is told");
        await Wait.UntilAsync(
            () => _gateway.Grains.ReceivedCalls().Any(call => call.GetMethodInfo().Name == nameof(IGrainFactory.DeleteObjectReference)), "the reference is let go");
    }

    [Fact]
    public async Task A_stream_on_which_nothing_happens_has_a_heartbeat_every_15_seconds()
    {
        for (var beat = 0; beat < 3; beat++)
        {
            var next = EventAsync("heartbeat");
            await Wait.UntilAsync(
                () =>
                {
                    _clock.Advance(TimeSpan.FromSeconds(5));
                    return next.IsCompleted;
                },
                "a heartbeat");
            await next;
        }
    }

    private int Watches() => _user.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(IUserGrain.Watch));

    private async Task EventAsync(string name)
    {
        while ((await _reader.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1))).ShouldNotBeNull($"the stream ended before {name}") != $"event: {name}")
        {
        }
    }
}
