using FsCheck;
using FsCheck.Fluent;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Models;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

public sealed class UserStateCodecTests
{
    private static readonly decimal?[] Prices = [null, 0m, 2.55m, 2.550m, 12345678901234567890.12345m, decimal.MaxValue];

    [Fact]
    public void Decode_of_what_was_encoded_gives_the_same_state()
    {
        var events =
            from item in Gen.Choose(0, 20)
            from minute in Gen.Choose(-1000, 1000)
            from type in Gen.Elements(Enum.GetValues<EventType>())
            from quantity in Gen.Elements<int?>(null, 1, 12, int.MaxValue)
            from price in Gen.Elements(Prices)
            from partition in Gen.Choose(0, 2)
            select (Event: Some.Event($"ä{item}", minute, type, $"{item}.{minute}", price) with { Quantity = quantity }, Partition: partition);
        var cases = from list in events.ListOf() from erase in Gen.Choose(0, 3) select (Events: list, Erase: erase == 0);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var state = new UserState(30, 20);
            var offset = 0L;
            foreach (var (item, partition) in c.Events)
            {
                state.Apply(Some.BatchOf(partition == 0 ? "e0" : "e1", partition, offset += 7, item));
            }

            if (c.Erase)
            {
                state.Erase(Some.Start);
            }

            ShouldBeSame(UserStateCodec.Decode(UserStateCodec.Encode(state), 30, 20), state);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_remembered_about_churn_comes_back_but_the_next_check()
    {
        var warning = new ChurnWarning
        {
            WarningId = "w1",
            UserId = "u1",
            Probability = 0.71,
            Threshold = 0.7,
            HorizonDays = 90,
            LastEventAt = Some.Start,
            DetectedAt = Some.Start.AddDays(30),
            Reasons = [new ChurnReason("inactive", "No activity for 30 days.")],
            Model = new ModelRef("online-retail", "1"),
            Version = "e1.3.11",
        };
        var state = Shopper(3);
        state.Churn = new ChurnMemory { Armed = false, LastProbability = 0.71, Warnings = [warning, warning with { WarningId = "w0", Model = null, Version = null }], Unpublished = warning };

        var memory = UserStateCodec.Decode(UserStateCodec.Encode(state)).Churn;

        memory.Armed.ShouldBeFalse();
        memory.LastProbability.ShouldBe(0.71);
        memory.Unpublished.ShouldBeEquivalentTo(warning);
        memory.Warnings.Select(w => w.WarningId).ShouldBe(["w1", "w0"]);
        memory.Warnings[1].Model.ShouldBeNull();
        memory.Published("w1").Unpublished.ShouldBeNull();
    }

    [Fact]
    public void Decode_of_nothing_is_an_unknown_user() => UserStateCodec.Decode([]).IsKnown.ShouldBeFalse();

    [Fact]
    public void Decode_of_a_newer_version_says_so()
    {
        byte[] payload = [UserStateCodec.CurrentVersion + 1, 0, 0];

        Should.Throw<UserStateVersionException>(() => UserStateCodec.Decode(payload)).Message.ShouldContain("format version 4");
    }

    [Fact]
    public void What_the_first_version_wrote_is_read_and_its_event_ids_are_still_known()
    {
        var state = UserStateCodec.Decode(Convert.FromHexString(
            "010102743106010009000101020180D898B1894C0180D898B1894C0002978F0A946113B12D07F4949300024180D898B1894C01610E4100016204"));

        state.Sequence.Select(e => e.ItemId).ShouldBe(["a", "b"]);
        state.Positions.Last.ShouldBe(new StreamPosition("t1", 3, 9));
        state.Apply(Some.BatchOf("t1", 3, 10, Some.Event("c", 1, EventType.View, "second"))).Duplicates.ShouldBe(1);
        state.Apply(Some.BatchOf("t1", 3, 11, Some.Event("c", 1, EventType.View, "third"))).Applied.ShouldBe(1);
    }

    [Fact]
    public void What_the_second_version_wrote_is_read_and_its_first_event_taken_for_the_first_of_interest()
    {
        var state = UserStateCodec.Decode(Convert.FromHexString(
            "0201165A6B336C543076375148714D326F317A4A7459783977060100CCB6B102000201010501018ED4F2A6894C01B291F5A6894CF21A021B4FF075F9D239C83B5E0002718ED4F2A6894C05383030393094E1E20408C60A75A4BD02053830303339840C0AB205"));

        ShouldBeSame(state, Shopper(2));
    }

    [Fact]
    public void What_this_version_writes_is_what_it_wrote_when_it_was_released()
    {
        const string Released = "0301165A6B336C543076375148714D326F317A4A7459783977060100CCB6B102000201010501018ED4F2A6894C01B291F5A6894C018ED4F2A6894CF21A021B4FF075F9D239C83B5E0002718ED4F2A6894C05383030393094E1E20408C60A75A4BD02053830303339840C0AB205";

        Convert.ToHexString(UserStateCodec.Encode(Shopper(2))).ShouldBe(Released);
        UserStateCodec.Encode(UserStateCodec.Decode(Convert.FromHexString(Released))).ShouldBe(Convert.FromHexString(Released));
    }

    [Fact]
    public void Decode_of_damaged_bytes_is_a_clear_error_or_another_state_and_never_anything_else()
    {
        var whole = UserStateCodec.Encode(Shopper(40));
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = whole.AsSpan(0, random.Next(1, whole.Length + 1)).ToArray();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                UserStateCodec.Decode(bytes);
            }
            catch (Exception e) when (e is InvalidDataException or UserStateVersionException)
            {
                continue;
            }
        }
    }

    [Fact]
    public void A_smaller_ring_than_the_stored_one_keeps_the_newest()
    {
        var state = UserStateCodec.Decode(UserStateCodec.Encode(Shopper(40)), capacity: 10);

        state.Sequence.Count.ShouldBe(10);
        state.Sequence.Newest.ShouldBe(Shopper(40).Sequence.Newest);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(200)]
    public void The_stored_form_is_small(int events)
    {
        var size = UserStateCodec.Encode(Shopper(events)).Length;

        size.ShouldBeLessThanOrEqualTo(120 + (16 * events));
    }

    /// <summary>A shopper like those of a real shop: some items twice, seconds to days between events, other users' offsets in between.</summary>
    private static UserState Shopper(int events)
    {
        var random = new Random(11);
        var state = new UserState();
        var (minute, offset) = (0.0, 5_000_000L);
        for (var i = 0; i < events; i++)
        {
            minute += random.Next(4) == 0 ? random.Next(1, 20_000) : random.NextDouble();
            var type = random.Next(3) == 0 ? EventType.Purchase : EventType.View;
            var item = Some.Event($"8{random.Next(100):d4}", minute, type, $"event-{i}", random.Next(95, 1500) / 100m) with { Quantity = random.Next(1, 24) };
            state.Apply(Some.BatchOf("Zk3lT0v7QHqM2o1zJtYx9w", 3, offset += random.Next(1, 4000), item));
        }

        return state;
    }

    internal static void ShouldBeSame(UserState actual, UserState expected)
    {
        actual.Sequence.ShouldBe(expected.Sequence);
        actual.Sequence.Select(e => e.Price?.ToString()).ShouldBe(expected.Sequence.Select(e => e.Price?.ToString()));
        actual.Positions.Entries.ShouldBe(expected.Positions.Entries);
        actual.EventIds.Hashes().ShouldBe(expected.EventIds.Hashes());
        actual.ErasedAt.ShouldBe(expected.ErasedAt);
        actual.Totals.Spend.ShouldBe(expected.Totals.Spend);
        actual.Totals.FirstSeen.ShouldBe(expected.Totals.FirstSeen);
        actual.Totals.FirstInterest.ShouldBe(expected.Totals.FirstInterest);
        actual.Totals.LastSeen.ShouldBe(expected.Totals.LastSeen);
        Enum.GetValues<EventType>().Select(t => actual.Totals[t]).ShouldBe(Enum.GetValues<EventType>().Select(t => expected.Totals[t]));
    }
}
