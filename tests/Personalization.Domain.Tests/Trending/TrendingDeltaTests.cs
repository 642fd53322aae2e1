using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Items;
using Personalization.Trending;

namespace Personalization.Domain.Tests.Trending;

public sealed class TrendingDeltaTests
{
    private static readonly long Now = Shop.Now.ToUnixTimeSeconds() / 60;

    [Fact]
    public void Drain_returns_the_weighted_sum_of_each_item_and_minute_once()
    {
        var delta = new TrendingDelta(new TrendingOptions());
        delta.Add([Event("a", EventType.View)]);
        delta.Add([Event("a", EventType.Purchase, seconds: 30)]);
        delta.Add([Event("a", EventType.Click, seconds: 60)]);
        delta.Add([Event("b", EventType.AddToCart)]);
        delta.Add([Event("b", EventType.Impression)]);
        delta.Add([Event("c", EventType.Hide)]);

        delta.Drain().ShouldBe([new ItemCount("a", Now, 6), new ItemCount("a", Now + 1, 1), new ItemCount("b", Now, 3)], ignoreOrder: true);
        delta.Drain().ShouldBeEmpty();
    }

    [Fact]
    public void Restore_gives_back_what_could_not_be_delivered()
    {
        var delta = new TrendingDelta(new TrendingOptions());
        delta.Add([Event("a", EventType.View)]);
        var failed = delta.Drain();
        delta.Add([Event("a", EventType.View)]);

        delta.Restore(failed);

        delta.Drain().ShouldBe([new ItemCount("a", Now, 2)]);
    }

    [Fact]
    public void Memory_is_bounded_and_the_loss_is_counted()
    {
        var delta = new TrendingDelta(new TrendingOptions { MaxPending = 10 });
        for (var i = 0; i < 15; i++)
        {
            delta.Add([Event($"i{i}", EventType.View)]);
        }

        delta.Drain().Length.ShouldBe(10);
        delta.Dropped.ShouldBe(5);
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_while_others_drain()
    {
        var delta = new TrendingDelta(new TrendingOptions());
        var behaviorEvent = Event("a", EventType.View);
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                delta.Add([behaviorEvent]);
            }
        })).ToArray();
        var all = Task.WhenAll(writers);
        var sum = 0f;
        while (!all.IsCompleted)
        {
            sum += delta.Drain().Sum(count => count.Weight);
        }

        await all;
        (sum + delta.Drain().Sum(count => count.Weight)).ShouldBe(80_000);
    }

    private static BehaviorEvent Event(string itemId, EventType type, int seconds = 0) =>
        new() { EventId = "e", UserId = "u", ItemId = itemId, Type = type, Timestamp = Shop.Now.AddSeconds(seconds), Quantity = 9 };
}
