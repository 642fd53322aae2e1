using FsCheck;
using FsCheck.Fluent;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

public sealed class StateAppenderTests
{
    private static readonly UserLimits Limits = new(Capacity: 12, EventIdWindow: 6, MaxEventsPerSecond: 3);
    private readonly List<BehaviorEvent> _kept = [];

    [Fact]
    public void Appending_to_the_stored_form_does_what_applying_to_the_state_does()
    {
        // Mostly rising times and offsets in one stream; now and then a replay, a late event, another stream, a known id, a burst.
        var events =
            from item in Gen.Choose(0, 9)
            from type in Gen.Frequency((3, Gen.Constant(EventType.View)), (2, Gen.Constant(EventType.Impression)), (1, Gen.Elements(EventType.Purchase, EventType.Cancel, EventType.Hide, EventType.AddToCart)))
            from step in Gen.Frequency((6, Gen.Choose(1, 90)), (2, Gen.Constant(0)), (1, Gen.Choose(-60, 0)))
            from offset in Gen.Frequency((8, Gen.Choose(1, 300)), (1, Gen.Choose(-3, 0)))
            from isOther in Gen.Frequency((15, Gen.Constant(false)), (1, Gen.Constant(true)))
            from id in Gen.Frequency((6, Gen.Choose(10, 100_000)), (1, Gen.Choose(0, 3)))
            from quantity in Gen.Elements<int?>(null, 1, 12)
            from price in Gen.Elements<decimal?>(null, 0m, 2.55m, decimal.MaxValue)
            from isLast in Gen.Elements(true, false)
            select (Item: item == 0 ? "ä" : $"i{item}", Type: type, Step: step, Offset: offset, IsOther: isOther, Id: id, Quantity: quantity, Price: price, IsLast: isLast);
        var appends = 0;

        Prop.ForAll(events.ListOf(40).ToArbitrary(), list =>
        {
            var state = new UserState(Limits.Capacity, Limits.EventIdWindow) { MaxEventsPerSecond = Limits.MaxEventsPerSecond };
            var payload = Array.Empty<byte>();
            var (minute, offset) = (0.0, 100L);
            var batch = new List<PositionedEvent>();
            foreach (var e in list)
            {
                (minute, offset) = (minute + (e.Step / 100.0), Math.Max(0, offset + e.Offset));
                batch.Add(new PositionedEvent(offset, Some.Event(e.Item, minute, e.Type, $"id{e.Id}", e.Price) with { Quantity = e.Quantity }));
                if (!e.IsLast)
                {
                    continue;
                }

                var sent = new EventBatch("e1", e.IsOther ? 4 : 3, [.. batch]);
                batch.Clear();
                List<BehaviorEvent> expectedKept = [];
                var expected = state.Apply(sent, expectedKept);
                _kept.Clear();
                if (StateAppender.TryAppend(payload, sent, Limits, _kept, out var appended))
                {
                    appends++;
                    appended.Result.ShouldBe(expected);
                    appended.LastSeen.ShouldBe(state.Totals.LastSeen!.Value);
                    _kept.ShouldBe(expectedKept);
                    payload = appended.Payload;
                }
                else
                {
                    _kept.ShouldBeEmpty();
                    payload = Applied(payload, sent);
                }

                UserStateCodecTests.ShouldBeSame(Read(payload), state);
            }
        }).QuickCheckThrowOnFailure();

        appends.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void The_usual_click_is_appended_and_names_a_known_item_with_one_byte()
    {
        var payload = Applied([], Some.Batch(1000, Some.Event("a-long-item-id", 1), Some.Event("b", 2)));

        StateAppender.TryAppend(payload, Some.Batch(1002, Some.Event("a-long-item-id", 3)), Limits, _kept, out var appended).ShouldBeTrue();

        appended.Result.ShouldBe(new AppendResult(1, 0, 0));
        Read(appended.Payload).Items().ShouldBe("a-long-item-idba-long-item-id");
        (appended.Payload.Length - payload.Length).ShouldBeLessThan(14);
    }

    [Fact]
    public void A_replay_gives_the_same_payload_back()
    {
        var batch = Some.Batch(10, Some.Event("a", 1), Some.Event("b", 2));
        var payload = Applied([], batch);

        StateAppender.TryAppend(payload, batch, Limits, _kept, out var appended).ShouldBeTrue();

        appended.Payload.ShouldBeSameAs(payload);
        appended.Result.Duplicates.ShouldBe(2);
        _kept.ShouldBeEmpty();
    }

    [Fact]
    public void A_full_sequence_takes_a_quarter_more_before_it_is_written_anew()
    {
        var payload = Applied([], Some.Batch(0, [.. Enumerable.Range(0, Limits.Capacity).Select(i => Some.Event("a", i))]));
        for (var i = 0; i < StateAppender.SlackOf(Limits.Capacity); i++)
        {
            StateAppender.TryAppend(payload, Some.Batch(100 + i, Some.Event("b", 100 + i)), Limits, _kept, out var appended).ShouldBeTrue();
            payload = appended.Payload;
        }

        StateAppender.TryAppend(payload, Some.Batch(200, Some.Event("b", 200)), Limits, _kept, out _).ShouldBeFalse();
        Read(payload).Sequence.Count.ShouldBe(Limits.Capacity);
    }

    [Fact]
    public void A_click_of_the_same_millisecond_whose_stream_went_back_is_read_whole()
    {
        var payload = Applied([], Some.Batch(100, Some.Event("a", 1)));
        for (var partition = 10; partition < 10 + UserPositions.MaxEntries; partition++)
        {
            // So many other streams that the first one's position is forgotten.
            payload = Applied(payload, Some.BatchOf("e1", partition, 1, Some.Event($"i{partition}", -1)));
        }

        payload = Applied(payload, Some.Batch(50, Some.Event("b", -1)));

        StateAppender.TryAppend(payload, Some.Batch(60, Some.Event("c", 1)), Limits, _kept, out _).ShouldBeFalse();
        StateAppender.TryAppend(payload, Some.Batch(60, Some.Event("c", 2)), Limits, _kept, out _).ShouldBeTrue();
    }

    [Fact]
    public void Whoever_was_warned_or_erased_is_read_whole()
    {
        var warned = Read(Applied([], Some.Batch(1, Some.Event("a", 1))));
        warned.Churn = new ChurnMemory { Armed = false };
        var erased = Read(Applied([], Some.Batch(1, Some.Event("a", 1))));
        erased.Erase(Some.Start);

        StateAppender.TryAppend(UserStateCodec.Encode(warned), Some.Batch(5, Some.Event("b", 2)), Limits, _kept, out _).ShouldBeFalse();
        StateAppender.TryAppend(UserStateCodec.Encode(erased), Some.Batch(5, Some.Event("b", 2)), Limits, _kept, out _).ShouldBeFalse();
    }

    [Fact]
    public void Damaged_bytes_are_a_clear_error_or_left_to_be_read()
    {
        var whole = Applied([], Some.Batch(0, [.. Enumerable.Range(0, 10).Select(i => Some.Event($"i{i}", i, price: 3m))]));
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = whole.AsSpan(0, random.Next(1, whole.Length + 1)).ToArray();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                if (StateAppender.TryAppend(bytes, Some.Batch(100, Some.Event("b", 100)), Limits, _kept, out var appended))
                {
                    Should.NotThrow(() => Read(appended.Payload));
                }
            }
            catch (InvalidDataException)
            {
                continue;
            }
        }
    }

    private static byte[] Applied(byte[] payload, EventBatch batch)
    {
        var state = Read(payload);
        state.Apply(batch);
        return UserStateCodec.Encode(state);
    }

    private static UserState Read(byte[] payload)
    {
        var state = UserStateCodec.Decode(payload, Limits.Capacity, Limits.EventIdWindow);
        state.MaxEventsPerSecond = Limits.MaxEventsPerSecond;
        return state;
    }
}
