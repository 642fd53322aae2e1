using Personalization.Events;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

public sealed class BehaviorSequenceTests
{
    [Fact]
    public void A_late_event_takes_its_place_by_event_time()
    {
        var sequence = new BehaviorSequence(10);
        sequence.Add(Some.Stored("a", 1, 1));
        sequence.Add(Some.Stored("c", 3, 2));
        sequence.Add(Some.Stored("b", 2, 3));

        sequence.Select(e => e.ItemId).ShouldBe(["a", "b", "c"]);
        sequence.Newest!.Value.ItemId.ShouldBe("c");
    }

    [Fact]
    public void Events_of_the_same_time_keep_the_order_of_the_stream_however_they_arrive()
    {
        var sequence = new BehaviorSequence(10);
        sequence.Add(Some.Stored("b", 1, 2));
        sequence.Add(Some.Stored("a", 1, 1));
        sequence.Add(Some.Stored("c", 1, 3));

        sequence.Select(e => e.ItemId).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public void A_full_ring_drops_its_oldest_event_and_refuses_what_is_older_than_all()
    {
        var sequence = new BehaviorSequence(3);
        for (var i = 1; i <= 5; i++)
        {
            sequence.Add(Some.Stored($"{i}", i, i)).ShouldBeTrue();
        }

        sequence.Add(Some.Stored("late", 0, 6)).ShouldBeFalse();
        sequence.Add(Some.Stored("in", 3.5, 7)).ShouldBeTrue();
        sequence.Select(e => e.ItemId).ShouldBe(["in", "4", "5"]);
    }

    [Fact]
    public void Impressions_do_not_push_out_what_the_shopper_did()
    {
        var sequence = new BehaviorSequence(40);
        for (var i = 0; i < 30; i++)
        {
            sequence.Add(Some.Stored("click", i, i));
        }

        for (var i = 30; i < 230; i++)
        {
            sequence.Add(Some.Stored("seen", i, i, EventType.Impression));
        }

        sequence.Count.ShouldBe(40);
        sequence.Count(e => e.Type == EventType.Click).ShouldBe(30);
        sequence.Newest!.Value.Position.Offset.ShouldBe(229);
    }

    [Fact]
    public void A_snapshot_stays_what_it_was_whatever_is_added_after_it()
    {
        var random = new Random(5);
        var sequence = new BehaviorSequence(20);
        var taken = new List<(StoredEvent[] Snapshot, StoredEvent[] Expected)>();
        for (var i = 0; i < 400; i++)
        {
            sequence.Add(Some.Stored("i" + i, random.Next(1_000), i, random.Next(4) == 0 ? EventType.Impression : EventType.View));
            if (random.Next(3) == 0)
            {
                StoredEvent[] expected = [.. sequence];
                taken.Add((sequence.Snapshot(), expected));
            }

            if (i == 200)
            {
                sequence.Clear();
            }
        }

        taken.ShouldAllBe(pair => pair.Snapshot.SequenceEqual(pair.Expected));
        sequence.Count.ShouldBe(20);
    }

    [Fact]
    public void Any_order_of_arrival_gives_the_newest_events_in_order()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var sequence = new BehaviorSequence(random.Next(1, 20));
            var all = Enumerable.Range(0, random.Next(1, 60)).Select(i => Some.Stored($"{i}", random.Next(0, 30), i)).ToArray();
            foreach (var item in all)
            {
                sequence.Add(item);
            }

            var expected = all.OrderBy(e => e.Timestamp).ThenBy(e => e.Position.Offset).TakeLast(sequence.Capacity);
            sequence.ShouldBe(expected);
        }
    }
}
