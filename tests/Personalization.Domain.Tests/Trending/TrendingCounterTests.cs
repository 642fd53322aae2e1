using FsCheck;
using FsCheck.Fluent;
using Personalization.Domain.Tests.Support;
using Personalization.Items;
using Personalization.Trending;

namespace Personalization.Domain.Tests.Trending;

public sealed class TrendingCounterTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly long Now = Shop.Now.ToUnixTimeSeconds() / 60;
    private readonly TrendingCounter _counter = new(new TrendingOptions());

    [Fact]
    public void Top_puts_a_sudden_rise_over_a_steady_best_seller()
    {
        for (var minute = Now - (3 * 24 * 60); minute <= Now; minute += 10)
        {
            _counter.Add([new ItemCount("steady", minute, 10)]);
        }

        _counter.Add([new ItemCount("rising", Now - 5, 30)]);

        var top = _counter.Top(10, Hour, Shop.Now);

        top.Select(score => score.ItemId).ShouldBe(["rising", "steady"]);
        Math.Abs(top[1].Score).ShouldBeLessThan(2);
    }

    [Fact]
    public void Top_without_a_past_orders_by_weight()
    {
        _counter.Add([new ItemCount("few", Now, 2), new ItemCount("many", Now, 9), new ItemCount("some", Now, 5)]);

        _counter.Top(2, Hour, Shop.Now).Select(score => score.ItemId).ShouldBe(["many", "some"]);
    }

    [Fact]
    public void Top_is_not_fooled_by_a_single_event_on_a_rare_item()
    {
        for (var minute = Now - (24 * 60); minute <= Now; minute++)
        {
            _counter.Add([new ItemCount("busy", minute, minute > Now - 60 ? 3 : 1)]);
        }

        _counter.Add([new ItemCount("rare", Now, 1)]);

        _counter.Top(1, Hour, Shop.Now)[0].ItemId.ShouldBe("busy");
    }

    [Fact]
    public void Top_forgets_what_left_the_window_and_ignores_the_future()
    {
        _counter.Add([new ItemCount("old", Now - 61, 50), new ItemCount("edge", Now - 59, 1), new ItemCount("tomorrow", Now + 1440, 50)]);

        _counter.Top(10, Hour, Shop.Now).Select(score => score.ItemId).ShouldBe(["edge"]);
        _counter.Top(10, TimeSpan.FromDays(1), Shop.Now).Select(score => score.ItemId).ShouldBe(["old", "edge"], ignoreOrder: true);
    }

    /// <summary>The counters answered everything above half of their baseline alike, so three days and a half passed for a week and a month.</summary>
    [Fact]
    public void Top_of_the_longest_window_reaches_that_far_back_and_no_further()
    {
        const int Day = 24 * 60;
        _counter.Add([new ItemCount("before", Now - (8 * Day), 1), new ItemCount("six", Now - (6 * Day), 1), new ItemCount("three", Now - (3 * Day), 1)]);

        _counter.Top(10, TimeSpan.FromDays(4), Shop.Now).Select(score => score.ItemId).ShouldBe(["three"]);
        _counter.Top(10, TrendingWindow.Longest, Shop.Now).Select(score => score.ItemId).ShouldBe(["six", "three"], ignoreOrder: true);
        _counter.Top(10, TimeSpan.FromDays(30), Shop.Now).Select(score => score.ItemId).ShouldBe(["six", "three"], ignoreOrder: true);
    }

    [Fact]
    public void Top_of_a_day_counts_minutes_and_hours_alike()
    {
        _counter.Add([new ItemCount("a", Now, 1), new ItemCount("a", Now - 600, 2), new ItemCount("b", Now, 2.5f)]);

        _counter.Top(10, TimeSpan.FromDays(1), Shop.Now)[0].ItemId.ShouldBe("a");
    }

    [Fact]
    public void Memory_is_bounded_and_the_longest_unseen_leave_first()
    {
        var counter = new TrendingCounter(new TrendingOptions { MaxItems = 100 });
        counter.Add([new ItemCount("kept", Now + 1, 1)]);
        counter.Add(Enumerable.Range(0, 10_000).Select(i => new ItemCount($"i{i}", Now - 10_000 + i, 1)));

        counter.ItemCount.ShouldBeInRange(90, 100);
        counter.Top(100, Hour, Shop.Now.AddMinutes(1)).ShouldContain(score => score.ItemId == "kept");
        counter.Top(100, Hour, Shop.Now.AddMinutes(1)).ShouldContain(score => score.ItemId == "i9999");
    }

    [Fact]
    public void Random_counts_never_break_it() =>
        Prop.ForAll<(byte Item, int Minute, float Weight)[]>(counts =>
        {
            var counter = new TrendingCounter(new TrendingOptions { MaxItems = 50 });
            counter.Add(counts.Select(count => new ItemCount($"i{count.Item}", Now + count.Minute, count.Weight)));
            var top = counter.Top(5, Hour, Shop.Now);
            return counter.ItemCount <= 50 && top.Length <= 5 && top.All(score => double.IsFinite(score.Score));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
