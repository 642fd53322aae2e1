using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Orleans.Runtime;
using Personalization.Gateway;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.GatewayTests;

/// <summary>A page that came while its shopper's silo was moving had no live shelf for as long as it stayed open.</summary>
public sealed class FirstWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly IUserGrain _user = Substitute.For<IUserGrain>();

    [Fact]
    public async Task A_watch_that_fails_at_first_is_asked_for_until_it_is_up_and_renewed_then()
    {
        const int Failures = 3;
        var (asked, time) = (0, new CountingTime());
        WatchIs(() => ++asked <= Failures ? Task.FromException(new SiloUnavailableException("moving")) : Task.CompletedTask);
        await using var watch = New(time);

        await watch.StartAsync().WaitAsync(Patience);
        asked.ShouldBe(1);

        for (var timer = 1; timer <= Failures + 1; timer++)
        {
            await Wait.UntilAsync(() => time.Timers == timer, Patience, "a wait for the next time");
            time.Advance(timer <= Failures ? ShelfWatch.RetryDelay : IUserGrain.WatchDuration / 3);
            await Wait.UntilAsync(() => asked == timer + 1, Patience, timer <= Failures ? "a watch" : "a renewal");
        }
    }

    [Fact]
    public async Task A_grain_that_does_not_answer_holds_up_neither_the_stream_nor_its_end()
    {
        var time = new FakeTimeProvider();
        WatchIs(() => new TaskCompletionSource().Task);
        var watch = New(time);
        var started = watch.StartAsync();

        started.IsCompleted.ShouldBeFalse();
        time.Advance(ShelfWatch.RetryDelay);

        await started.WaitAsync(Patience);
        await watch.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_stream_says_hello_although_its_watch_failed_and_brings_shelves_once_it_is_up()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var asked = 0;
        gateway.Grains.CreateObjectReference<IUserWatcher>(Arg.Any<IGrainObserver>()).Returns(call => (IUserWatcher)call.Arg<IGrainObserver>());
        gateway.Grains.GetGrain<IUserGrain>("u").Returns(_user);
        _user.Watch(Arg.Any<IUserWatcher>(), Arg.Any<RecommendationRequest>()).Returns(call => ++asked == 1
            ? throw new SiloUnavailableException("moving")
            : call.Arg<IUserWatcher>().OnShelf(new RecommendationResponse { UserId = "u", RecommendationId = "r1" }));

        using var answer = await gateway.Http.GetAsync(new Uri("/v1/stream?user=u", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        answer.IsSuccessStatusCode.ShouldBeTrue();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync().WaitAsync(Patience)).ShouldBe("event: hello");
        await BehindHelloAsync(reader).WaitAsync(Patience);

        (await reader.ReadLineAsync().WaitAsync(Patience))!.ShouldContain("\"r1\"");
    }

    private static async Task BehindHelloAsync(StreamReader reader)
    {
        while ((await reader.ReadLineAsync()).ShouldNotBeNull("the stream ended before the shelf") != "event: shelf")
        {
        }
    }

    private ShelfWatch New(TimeProvider time)
    {
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<IUserGrain>("u").Returns(_user);
        return new ShelfWatch(grains, "u", _ => { }, time);
    }

    private void WatchIs(Func<Task> watch) => _user.Watch(Arg.Any<IUserWatcher>(), Arg.Any<RecommendationRequest>()).Returns(_ => watch());

    private sealed class CountingTime : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}
