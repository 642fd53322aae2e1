using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Personalization.Churn;
using Personalization.Inference;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>
/// Every active shopper keeps a shelf: what is made anew for it would be found alive by each garbage collection, and moved. It answers only what it was made for.
/// </summary>
public sealed class ShelfCacheTests
{
    private static readonly ModelRef Model = new("m", "1");
    private static readonly ShelfKey Key = new(1, Model, 1, ShelfShape.Of(new RecommendationRequest { Count = 1 }));
    private static readonly Reason Reason = new("for_you", [], "Picked for you");

    private readonly FakeTimeProvider _time = new();
    private readonly ShelfFlights _flights = new();
    private readonly ShelfCache _cache;

    public ShelfCacheTests() => _cache = new ShelfCache(_flights, _time, TimeSpan.FromMinutes(1));

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
        var another = new ShelfCache(_flights, _time, TimeSpan.FromMinutes(1));

        var first = _cache.AskOnce(Key, 0, _ => coming.Task, out var isFirstOwn);
        var second = _cache.AskOnce(Key, 0, _ => throw new InvalidOperationException(), out var isSecondOwn);
        _ = another.AskOnce(Key, 0, _ => new TaskCompletionSource<InferenceResult>().Task, out var isAnothersOwn);

        (isFirstOwn, isSecondOwn, isAnothersOwn).ShouldBe((true, false, true));
        second.ShouldBeSameAs(first);
    }

    [Theory]
    [InlineData("a", "x", false, true)]
    [InlineData("b", "x", false, false)]
    [InlineData("a b", "x", false, false)]
    [InlineData("", "x", false, false)]
    [InlineData("a", "y", false, false)]
    [InlineData("a", "", false, false)]
    [InlineData("a", "x", true, false)]
    public void A_shelf_answers_the_same_filters_only_also_where_it_is_all_that_is_left(string categories, string without, bool includeItems, bool answers)
    {
        var asked = new RecommendationRequest { Count = 1, Categories = Names("a"), ExcludeItems = Names("x") };
        _cache.Put(Key with { Shape = ShelfShape.Of(asked) }, Shelf("i"));

        var request = new RecommendationRequest { Count = 1, Categories = Names(categories), ExcludeItems = Names(without), IncludeItems = includeItems };

        (_cache.Get(Key with { Shape = ShelfShape.Of(request) }, "u") is not null).ShouldBe(answers);
        (_cache.Unchanged(Key.Revision, Key.Catalogue, request) is not null).ShouldBe(answers);

        static string[] Names(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void A_shelf_of_another_model_or_from_before_its_time_is_made_again()
    {
        _cache.Put(Key, Shelf("i"));

        _cache.Get(Key with { Model = new ModelRef("m", "2") }, "u").ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(59));
        _cache.Get(Key, "u").ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        _cache.Get(Key, "u").ShouldBeNull();
    }

    [Fact]
    public void An_answer_for_an_older_state_replaces_no_newer_shelf_and_brings_no_erased_shopper_back()
    {
        _cache.Put(Key with { Revision = 2 }, Shelf("newer"));
        _cache.Put(Key, Shelf("older"));
        _cache.LastGood().ShouldHaveSingleItem().ItemId.ShouldBe("newer");

        _cache.Clear(3);
        _cache.LastGood().ShouldBeEmpty();
        _cache.Put(Key with { Revision = 2 }, Shelf("late"));
        _cache.LastGood().ShouldBeEmpty();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Shelf, WeakReference Item, WeakReference Churn) PutShelf()
    {
        var shelf = Shelf("i");
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

    private static RecommendationResponse Shelf(string item) => new()
    {
        UserId = "u",
        RecommendationId = "r",
        Model = Model,
        Items = [new RecommendedItem { ItemId = item, Score = 0.5, Reason = Reason }],
        Churn = new ChurnSummary(0.25, ChurnLevel.Watch, 90),
    };

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
