using Personalization.Events;
using Personalization.Inference;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

public sealed class ModelQuestionTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(EventType.RemoveFromCart)]
    [InlineData(EventType.Impression)]
    [InlineData(EventType.Hide)]
    public void What_training_leaves_out_is_not_asked_about_either(EventType type)
    {
        var question = ModelQuestion.From([Did("a", EventType.View), Did("b", type), Did("c", EventType.AddToCart)], new UserTotals(), 2);

        question.Events.Select(action => action.ItemId).ShouldBe(["a", "c"]);
    }

    [Fact]
    public void Items_that_the_model_does_not_know_take_no_place_of_older_ones()
    {
        StoredEvent[] events = [.. Enumerable.Range(0, 10).Select(i => Did($"i{i}", EventType.View))];

        var question = ModelQuestion.From(events, new UserTotals(), maxLength: 3);

        question.Events.Select(action => action.ItemId).ShouldBe(["i4", "i5", "i6", "i7", "i8", "i9"]);
    }

    /// <summary>Months of impressions before the first click were months as a customer when served, and none in training.</summary>
    [Fact]
    public void What_training_leaves_out_begins_no_tenure()
    {
        var totals = new UserTotals();
        foreach (var (type, days) in new[] { (EventType.Impression, 0), (EventType.Hide, 10), (EventType.RemoveFromCart, 20), (EventType.Click, 90), (EventType.Purchase, 91) })
        {
            totals.Add(type, Start.AddDays(days), null, null);
        }

        var question = ModelQuestion.From([Did("a", EventType.Purchase)], totals, 2).ToRequest(Start.AddDays(100), InferencePriority.Interactive, TimeSpan.FromSeconds(1));

        question.Totals.FirstSeen.ShouldBe(Start.AddDays(90).ToUnixTimeMilliseconds());
        totals.FirstSeen.ShouldBe(Start);
    }

    private static StoredEvent Did(string item, EventType type) => new(item, type, Start, null, null, default);
}
