using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Items;
using Personalization.Testing;
using Personalization.Trending;

namespace Personalization.Cluster.Tests.Items;

public sealed class TrendingCacheTests
{
    private static readonly TimeSpan Day = TrendingCache.DefaultWindow;

    private readonly FakeTimeProvider _time = new();
    private readonly Counter _counter = new();
    private readonly IGrainFactory _grains = Substitute.For<IGrainFactory>();
    private readonly TrendingCache _cache;

    public TrendingCacheTests()
    {
        _grains.GetGrain<ITrendingGrain>(0).Returns(_counter);
        _cache = new TrendingCache(_grains, _time, NullLogger<TrendingCache>.Instance);
    }

    [Fact]
    public async Task Who_asks_again_after_a_while_gets_what_rises_now()
    {
        _counter.Item = "old";
        (await _cache.GetAsync(Day)).Single().ItemId.ShouldBe("old");
        _counter.Item = "new";
        _time.Advance(TimeSpan.FromMinutes(10));

        (await _cache.GetAsync(Day)).Single().ItemId.ShouldBe("new");
    }

    [Fact]
    public async Task A_shelf_that_does_not_wait_knows_what_rises_though_nobody_asked_for_long()
    {
        _counter.Item = "old";
        await _cache.GetAsync(Day);
        using var reporter = new TrendingReporter(_grains, new TrendingDelta(new TrendingOptions()), _cache, _time, NullLogger<TrendingReporter>.Instance);
        var lifecycle = new Lifecycle();
        reporter.Participate(lifecycle);
        await lifecycle.Observer!.OnStart(CancellationToken.None);
        _counter.Item = "new";
        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _counter.Asked > 2;
            },
            "the counter is asked again and again");

        _cache.Current(Day).Single().ItemId.ShouldBe("new");
        await lifecycle.Observer.OnStop(CancellationToken.None);
    }

    private sealed class Counter : ITrendingGrain
    {
        public string Item { get; set; } = "";

        public int Asked { get; private set; }

        public ValueTask Report(ItemCount[] counts) => ValueTask.CompletedTask;

        public ValueTask<ItemScore[]> Top(int count, TimeSpan window)
        {
            Asked++;
            return ValueTask.FromResult<ItemScore[]>([new ItemScore(Item, 1)]);
        }
    }

    private sealed class Lifecycle : ISiloLifecycle
    {
        public ILifecycleObserver? Observer { get; private set; }

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            Observer = observer;
            return Substitute.For<IDisposable>();
        }
    }
}
