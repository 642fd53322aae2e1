using Personalization.Events;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

public sealed class LateEventTests
{
    [Fact]
    public void A_late_purchase_within_the_time_of_a_full_ring_takes_the_place_of_the_oldest_impression()
    {
        var sequence = new BehaviorSequence(200);
        for (var i = 0; i < 200; i++)
        {
            sequence.Add(Some.Stored($"{i}", i, i, i < 40 ? EventType.Click : EventType.Impression));
        }

        sequence.Add(Some.Stored("late", 20.5, 200, EventType.Purchase)).ShouldBeTrue();

        sequence.Count.ShouldBe(200);
        sequence[21].ItemId.ShouldBe("late");
        sequence.Count(e => e.Type == EventType.Click).ShouldBe(40);
        sequence.First(e => e.Type == EventType.Impression).ItemId.ShouldBe("41");
    }

    [Fact]
    public void An_impression_older_than_all_that_are_kept_is_refused_and_costs_nothing_that_the_shopper_did()
    {
        var sequence = new BehaviorSequence(8);
        for (var i = 0; i < 10; i++)
        {
            sequence.Add(Some.Stored($"{i}", i, i, i < 8 ? EventType.Click : EventType.Impression));
        }

        sequence.Add(Some.Stored("late", 7.5, 10, EventType.Impression)).ShouldBeFalse();
        sequence.Add(Some.Stored("late", 8.5, 11, EventType.Impression)).ShouldBeTrue();

        sequence.Select(e => e.ItemId).ShouldBe(["2", "3", "4", "5", "6", "7", "late", "9"]);
    }

    [Fact]
    public void Whatever_the_order_of_arrival_what_the_shopper_did_is_the_newest_of_it()
    {
        var random = new Random(11);
        for (var round = 0; round < 500; round++)
        {
            var sequence = new BehaviorSequence(random.Next(1, 30));
            var did = new List<StoredEvent>();
            for (var i = random.Next(1, 120); i > 0; i--)
            {
                var item = Some.Stored($"{i}", random.Next(0, 50), i, random.Next(3) == 0 ? EventType.Impression : random.Next(4) == 0 ? EventType.Purchase : EventType.Click);
                var before = sequence.ToArray();
                var kept = sequence.Add(item);
                if (item.Type != EventType.Impression)
                {
                    did.Add(item);
                }

                sequence.Count.ShouldBeLessThanOrEqualTo(sequence.Capacity);
                sequence.SequenceEqual(sequence.Order(Comparer<StoredEvent>.Create((left, right) => BehaviorSequence.Compare(left, right)))).ShouldBeTrue();
                sequence.Contains(item).ShouldBe(kept);
                before.Except(sequence).Count().ShouldBe(kept && before.Length == sequence.Capacity ? 1 : 0);
            }

            var held = sequence.Where(e => e.Type != EventType.Impression).ToArray();
            held.ShouldBe(did.OrderBy(e => e.Timestamp).ThenBy(e => e.Position.Offset).TakeLast(held.Length));
        }
    }

    [Fact]
    public void Of_events_in_any_order_the_newest_hides_are_kept()
    {
        var random = new Random(12);
        for (var round = 0; round < 300; round++)
        {
            var sequence = new BehaviorSequence(random.Next(4, 30));
            var hides = new List<StoredEvent>();
            for (var i = random.Next(1, 120); i > 0; i--)
            {
                var isHide = hides.Count < sequence.Capacity / 4 && random.Next(6) == 0;
                var item = Some.Stored($"{i}", random.Next(0, 50), i, isHide ? EventType.Hide : random.Next(3) == 0 ? EventType.Impression : EventType.Click);
                sequence.Add(item);
                if (isHide)
                {
                    hides.Add(item);
                }
            }

            sequence.Where(e => e.Type == EventType.Hide).ShouldBe(hides.OrderBy(e => e.Timestamp).ThenBy(e => e.Position.Offset));
        }
    }
}
