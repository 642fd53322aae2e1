using Microsoft.Extensions.Time.Testing;
using Personalization.Operations;

namespace Personalization.Hosting.Tests.Operations;

public sealed class SlidingWindowTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Rate_is_the_mean_over_ten_whole_seconds()
    {
        var window = new SlidingWindow(_time);
        for (var second = 0; second < 30; second++)
        {
            window.Add(second < 20 ? 1_000 : 50);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        window.Rate().ShouldBe(50);
    }

    [Fact]
    public void Rate_of_a_young_window_is_not_diluted_by_time_before_the_start()
    {
        var window = new SlidingWindow(_time);
        window.Add(40);
        _time.Advance(TimeSpan.FromSeconds(1));
        window.Add(60);
        _time.Advance(TimeSpan.FromSeconds(1));

        window.Rate().ShouldBe(50);
    }

    [Fact]
    public void Summary_forgets_what_is_older_than_the_window()
    {
        var window = new SlidingWindow(_time);
        window.Record(5);
        _time.Advance(TimeSpan.FromSeconds(12));
        for (var i = 0; i < 100; i++)
        {
            window.Record(i < 98 ? 0.002 : 0.050);
        }

        var summary = window.Summary();

        summary.Count.ShouldBe(100);
        summary.P50.ShouldBe(2, 0.05);
        summary.P99.ShouldBe(50, 1);
        summary.Max.ShouldBeLessThan(60);
    }

    [Fact]
    public void Summary_of_nothing_is_zero() => new SlidingWindow(_time).Summary().Count.ShouldBe(0);
}
