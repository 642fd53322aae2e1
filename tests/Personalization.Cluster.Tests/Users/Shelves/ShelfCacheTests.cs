using System.Runtime.CompilerServices;
using Personalization.Churn;
using Personalization.Inference;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>Every active shopper keeps a shelf: what is made anew for it would be found alive by each garbage collection, and moved.</summary>
public sealed class ShelfCacheTests
{
    private static readonly ModelRef Model = new("m", "1");
    private static readonly ShelfKey Key = new(1, Model, 1, ShelfShape.Of(new RecommendationRequest { Count = 1 }));
    private static readonly Reason Reason = new("for_you", [], "Picked for you");

    private readonly ShelfFlights _flights = new();
    private readonly ShelfCache _cache;

    public ShelfCacheTests() => _cache = new ShelfCache(_flights, TimeProvider.System, TimeSpan.FromMinutes(1));

    [Fact]
    public void A_shelf_is_kept_without_the_objects_that_it_came_in()
    {
        var (shelf, item, churn) = PutShelf();

        Collect();

        (shelf.IsAlive, item.IsAlive, churn.IsAlive).ShouldBe((false, false, false));
        var kept = _cache.Get(Key, "u").ShouldNotBeNull();
        kept.Items.ShouldBe([new RecommendedItem { ItemId = "i", Score = 0.5, Reason = Reason }]);
        kept.Churn.ShouldBe(new ChurnSummary(0.25, ChurnLevel.Watch, 90));
    }

    [Fact]
    public void Nothing_is_left_of_an_answer_that_has_come()
    {
        var answer = AskAndAnswer();

        Collect();

        answer.IsAlive.ShouldBeFalse();
    }

    [Fact]
    public void Who_asks_the_same_shares_the_answer_to_come_and_another_shopper_does_not()
    {
        var coming = new TaskCompletionSource<InferenceResult>();
        var another = new ShelfCache(_flights, TimeProvider.System, TimeSpan.FromMinutes(1));

        var first = _cache.AskOnce(Key, 0, _ => coming.Task, out var isFirstOwn);
        var second = _cache.AskOnce(Key, 0, _ => throw new InvalidOperationException(), out var isSecondOwn);
        _ = another.AskOnce(Key, 0, _ => new TaskCompletionSource<InferenceResult>().Task, out var isAnothersOwn);

        (isFirstOwn, isSecondOwn, isAnothersOwn).ShouldBe((true, false, true));
        second.ShouldBeSameAs(first);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Shelf, WeakReference Item, WeakReference Churn) PutShelf()
    {
        var shelf = new RecommendationResponse
        {
            UserId = "u",
            RecommendationId = "r",
            Model = Model,
            Items = [new RecommendedItem { ItemId = "i", Score = 0.5, Reason = Reason }],
            Churn = new ChurnSummary(0.25, ChurnLevel.Watch, 90),
        };
        _cache.Put(Key, shelf);
        return (new WeakReference(shelf), new WeakReference(shelf.Items[0]), new WeakReference(shelf.Churn));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AskAndAnswer()
    {
        var coming = new TaskCompletionSource<InferenceResult>();
        _ = _cache.AskOnce(Key, 0, _ => coming.Task, out _);
        coming.SetResult(InferenceResult.None(InferenceStatus.Ok));
        _cache.Answered();
        return new WeakReference(coming.Task);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
