using Personalization.Events;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

public sealed class UserStateTests
{
    private readonly UserState _state = new(capacity: 5, eventIdWindow: 4);

    [Fact]
    public void A_replayed_batch_changes_nothing()
    {
        var batch = Some.Batch(10, Some.Event("a", 1), Some.Event("b", 2, EventType.Purchase, price: 3m));
        _state.Apply(batch).ShouldBe(new AppendResult(2, 0, 0));

        _state.Apply(batch).ShouldBe(new AppendResult(0, 2, 0));

        _state.Items().ShouldBe("ab");
        _state.Totals.Spend.ShouldBe(3m);
        _state.Totals[EventType.Purchase].ShouldBe(1);
        _state.Version.ShouldBe("e1.3.11");
    }

    [Fact]
    public void A_replay_that_overlaps_applies_only_what_is_new()
    {
        _state.Apply(Some.Batch(10, Some.Event("a", 1), Some.Event("b", 2)));

        _state.Apply(Some.Batch(11, Some.Event("b", 2), Some.Event("c", 3))).ShouldBe(new AppendResult(1, 1, 0));

        _state.Items().ShouldBe("abc");
    }

    [Fact]
    public void A_producers_retry_is_dropped_by_its_id_and_still_moves_the_position()
    {
        _state.Apply(Some.Batch(1, Some.Event("a", 1, id: "same")));

        _state.Apply(Some.Batch(2, Some.Event("a", 1, id: "same"))).ShouldBe(new AppendResult(0, 1, 0));

        _state.Items().ShouldBe("a");
        _state.Covers(new StreamPosition("e1", 3, 2)).ShouldBeTrue();
    }

    [Fact]
    public void A_recreated_topic_starts_from_zero_again()
    {
        _state.Apply(Some.BatchOf("e1", 0, 500, Some.Event("a", 1)));

        _state.Apply(Some.BatchOf("e2", 0, 0, Some.Event("b", 2))).Applied.ShouldBe(1);

        _state.Covers(new StreamPosition("e2", 0, 0)).ShouldBeTrue();
        _state.Covers(new StreamPosition("e2", 0, 1)).ShouldBeFalse();
        _state.Covers(new StreamPosition("e1", 0, 500)).ShouldBeTrue();
        _state.Version.ShouldBe("e2.0.0");
    }

    [Fact]
    public void A_topic_that_grows_keeps_only_the_newest_streams()
    {
        for (var partition = 0; partition < 50; partition++)
        {
            _state.Apply(Some.BatchOf("e1", partition, 0, Some.Event("a", partition)));
        }

        _state.Positions.Entries.Count.ShouldBe(UserPositions.MaxEntries);
        _state.Covers(new StreamPosition("e1", 49, 0)).ShouldBeTrue();
    }

    [Fact]
    public void An_event_older_than_the_whole_full_ring_is_too_late_and_not_counted_in_the_sums()
    {
        _state.Apply(Some.Batch(0, [.. Enumerable.Range(10, 5).Select(i => Some.Event("a", i))]));

        _state.Apply(Some.Batch(5, Some.Event("old", 1))).ShouldBe(new AppendResult(0, 0, 1));

        _state.Totals[EventType.Click].ShouldBe(5);
    }

    [Fact]
    public void After_an_erasure_neither_a_replay_nor_an_old_event_on_its_way_brings_anything_back()
    {
        var batch = Some.Batch(10, Some.Event("a", 1), Some.Event("b", 2, EventType.Purchase, price: 3m));
        _state.Apply(batch);

        _state.Erase(Some.Start.AddMinutes(5));

        _state.Apply(batch).ShouldBe(new AppendResult(0, 2, 0));
        _state.Apply(Some.Batch(12, Some.Event("c", 4))).ShouldBe(new AppendResult(0, 0, 1));
        _state.Apply(Some.BatchOf("e2", 0, 0, Some.Event("a", 1))).ShouldBe(new AppendResult(0, 0, 1));
        _state.Sequence.ShouldBeEmpty();
        _state.Totals.Spend.ShouldBe(0m);
        _state.Totals.FirstSeen.ShouldBeNull();

        _state.Apply(Some.Batch(13, Some.Event("d", 6))).ShouldBe(new AppendResult(1, 0, 0));
        _state.Items().ShouldBe("d");
    }

    [Fact]
    public void After_an_erasure_an_event_that_was_in_the_stream_by_then_is_dropped_although_its_clock_was_ahead()
    {
        var erased = Some.Start.AddMinutes(5);
        _state.Erase(erased);

        _state.Apply(Recorded(1, "a", erased)).ShouldBe(new AppendResult(0, 0, 1));
        _state.Apply(Recorded(2, "b", erased.AddMilliseconds(1))).ShouldBe(new AppendResult(1, 0, 0));
        _state.Apply(Some.Batch(3, Some.Event("c", 9))).ShouldBe(new AppendResult(1, 0, 0));

        _state.Items().ShouldBe("bc");

        static EventBatch Recorded(long offset, string item, DateTimeOffset at) =>
            new("e1", 3, [new PositionedEvent(offset, Some.Event(item, 8)) { RecordedAt = at.ToUnixTimeMilliseconds() }]);
    }

    [Fact]
    public void Erasing_again_with_a_clock_that_went_back_does_not_open_the_past()
    {
        _state.Erase(Some.Start.AddMinutes(5));
        _state.Erase(Some.Start.AddMinutes(1));

        _state.Apply(Some.Batch(1, Some.Event("c", 4))).TooLate.ShouldBe(1);
    }

    [Fact]
    public void A_script_is_capped_a_second_and_a_shopper_is_not()
    {
        _state.MaxEventsPerSecond = 3;
        var script = Enumerable.Range(0, 8).Select(n => Some.Event($"s{n}", n / 600.0)).ToArray();

        _state.Apply(Some.Batch(1, script)).ShouldBe(new AppendResult(3, 0, 0, Capped: 5));
        _state.Apply(Some.Batch(9, Some.Event("a", 1 / 60.0))).Applied.ShouldBe(1);

        _state.Totals[EventType.Click].ShouldBe(4);
        _state.Covers(new StreamPosition("e1", 3, 8)).ShouldBeTrue();
    }
}
