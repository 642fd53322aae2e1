using NSubstitute;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Profiles;
using Personalization.Users;

namespace Personalization.Replay.Verifying;

public sealed class ExpectedStateTests
{
    [Theory]
    [InlineData("view=60,click=30,purchase=10")]
    [InlineData("impression=60,click=40")]
    [InlineData("view=30,hide=40,add_to_cart=20,purchase=10")]
    [InlineData("impression=30,hide=20,view=30,purchase=20")]
    public void Equals_what_the_domain_keeps_of_a_stream_with_retries_and_late_events(string mix)
    {
        var workload = new SyntheticWorkload(Some.Workload with { Users = 40, Mix = EventMix.Parse(mix), MaxDelay = TimeSpan.FromHours(5) });
        var states = new Dictionary<string, UserState>(StringComparer.Ordinal);
        var expected = new ExpectedState();
        var offset = 0L;
        foreach (var message in workload)
        {
            expected.Add(message);
            if (!states.TryGetValue(message.UserId, out var state))
            {
                states[message.UserId] = state = new UserState();
            }

            state.Apply(new EventBatch("t", 0, [new PositionedEvent(offset++, message)]));
        }

        expected.Duplicates.ShouldBeGreaterThan(0);
        expected.TooLate.ShouldBeGreaterThan(0);
        expected.Users.Count.ShouldBe(states.Count);
        foreach (var (user, state) in states)
        {
            expected.Difference(user, History(state)).ShouldBeNull();
            expected.Difference(user, Profile(user, state)).ShouldBeNull();
        }
    }

    [Fact]
    public void An_event_that_left_the_history_is_missed_in_the_sums()
    {
        var expected = new ExpectedState(capacity: 2);
        var state = new UserState(capacity: 2);
        foreach (var minute in new[] { 1, 2, 3, 4 })
        {
            var bought = Event($"{minute}", "a", minute) with { Type = EventType.Purchase, Quantity = 2, Price = 1.25m };
            expected.Add(bought);
            state.Apply(new EventBatch("t", 0, [new PositionedEvent(minute, bought)]));
        }

        expected.Difference("u", History(state)).ShouldBeNull();
        expected.Difference("u", Profile("u", state)).ShouldBeNull();
        var profile = Profile("u", state);
        expected.Difference("u", profile with { Counts = new() { ["purchase"] = 3 } }).ShouldBe("user u: expected 4 of purchase in all, found 3");
        expected.Difference("u", profile with { Counts = new() { ["purchase"] = 4, ["view"] = 1 } }).ShouldBe("user u: expected 0 of view in all, found 1");
        expected.Difference("u", profile with { Spend = 7.5m }).ShouldBe("user u: expected 10.00 spent in all, found 7.5");
        expected.Difference("u", profile with { FirstSeen = Some.Start.AddMinutes(2) })!.ShouldContain("expected the first event at 2026-01-31T08:01");
        expected.Difference("u", profile with { LastSeen = null })!.ShouldContain("expected the last event at 2026-01-31T08:04");
        expected.Difference("nobody", new UserProfile { UserId = "nobody" }).ShouldBeNull();
        expected.Difference("nobody", profile).ShouldBe("user nobody: expected no event, found purchase");
    }

    [Fact]
    public void Difference_names_the_place_and_both_events()
    {
        var expected = new ExpectedState();
        expected.Add(Event("1", "a", 0));
        expected.Add(Event("2", "b", 1));

        var difference = expected.Difference("u", [Stored("b", 1), Stored("x", 0)]);

        difference.ShouldNotBeNull();
        difference.ShouldContain("place 1");
        difference.ShouldContain(" a ");
        difference.ShouldContain(" x ");
    }

    [Fact]
    public void Difference_sees_an_event_that_is_missing_and_one_too_many()
    {
        var expected = new ExpectedState();
        expected.Add(Event("1", "a", 0));

        expected.Difference("u", []).ShouldBe("user u: expected 1 events, found 0");
        expected.Difference("u", [Stored("b", 1), Stored("a", 0)]).ShouldNotBeNull();
        expected.Difference("u", [Stored("a", 0)]).ShouldBeNull();
    }

    [Fact]
    public void An_event_id_beyond_the_window_is_a_new_event()
    {
        var expected = new ExpectedState(eventIdWindow: 2);
        foreach (var id in new[] { "1", "2", "1", "3", "1" })
        {
            expected.Add(Event(id, "a", 0));
        }

        expected.Duplicates.ShouldBe(1);
        expected.Of("u").Count.ShouldBe(4);
    }

    [Fact]
    public void A_history_keeps_the_newest_by_time_whatever_order_they_arrive_in()
    {
        var expected = new ExpectedState(capacity: 3);
        foreach (var minute in new[] { 5, 1, 9, 7, 3 })
        {
            expected.Add(Event($"{minute}", $"i{minute}", minute));
        }

        expected.Of("u").Select(entry => entry.ItemId).ShouldBe(["i9", "i7", "i5"]);
        expected.TooLate.ShouldBe(1);
    }

    private static HistoryEvent[] History(UserState state) =>
    [
        .. state.Sequence.Reverse().Select(stored => new HistoryEvent
        {
            ItemId = stored.ItemId,
            Type = stored.Type,
            Timestamp = stored.Timestamp,
            Quantity = stored.Quantity,
            Price = stored.Price,
            Position = stored.Position.ToString(),
        }),
    ];

    private static UserProfile Profile(string user, UserState state) =>
        new ProfileBuilder(Substitute.For<IItemCatalog>()).Build(user, null, state.Totals, state.Sequence, Some.Start);

    private static BehaviorEvent Event(string id, string item, int minute) => new()
    {
        EventId = id,
        UserId = "u",
        ItemId = item,
        Type = EventType.Click,
        Timestamp = Some.Start.AddMinutes(minute),
    };

    private static HistoryEvent Stored(string item, int minute) => new() { ItemId = item, Type = EventType.Click, Timestamp = Some.Start.AddMinutes(minute), Position = "t.0.0" };
}
