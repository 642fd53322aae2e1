using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Items;

namespace Personalization.Cluster.Tests.Items;

public sealed class TrendingWindowsTests
{
    private readonly ConcurrentQueue<TimeSpan> _asked = new();
    private readonly TrendingCache _cache;

    public TrendingWindowsTests()
    {
        var counter = Substitute.For<ITrendingGrain>();
        counter.Top(Arg.Any<int>(), Arg.Any<TimeSpan>()).Returns(call =>
        {
            _asked.Enqueue(call.Arg<TimeSpan>());
            return [new ItemScore("i1", 1)];
        });
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<ITrendingGrain>(0).Returns(counter);
        _cache = new TrendingCache(grains, new FakeTimeProvider(), NullLogger<TrendingCache>.Instance);
    }

    [Fact]
    public async Task Any_number_of_windows_costs_the_counter_a_few_questions_and_shelves_nothing()
    {
        await _cache.GetAsync(TrendingCache.DefaultWindow);
        for (var minutes = 1; minutes <= 5_000; minutes++)
        {
            await _cache.GetAsync(TimeSpan.FromMinutes(minutes));
        }

        _cache.Current(TrendingCache.DefaultWindow).ShouldHaveSingleItem();
        _asked.Count.ShouldBeLessThanOrEqualTo(12);
        _asked.Count(window => window == TrendingCache.DefaultWindow).ShouldBe(1);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(31, 60)]
    [InlineData(24 * 60, 24 * 60)]
    [InlineData(7 * 24 * 60, 7 * 24 * 60)]
    [InlineData(90 * 24 * 60, 7 * 24 * 60)]
    public async Task A_window_is_answered_as_the_next_longer_one_of_a_few(int minutes, int answered)
    {
        (await _cache.GetAsync(TimeSpan.FromMinutes(minutes))).ShouldHaveSingleItem();

        _asked.ShouldBe([TimeSpan.FromMinutes(answered)]);
    }
}
