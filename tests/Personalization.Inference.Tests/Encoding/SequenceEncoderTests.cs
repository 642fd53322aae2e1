using Personalization.Events;
using Personalization.Inference.Encoding;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Encoding;

public sealed class SequenceEncoderTests
{
    private const int MaxLength = 4;

    private static readonly LifeTotal[] Totals = [LifeTotal.TenureDays, LifeTotal.Purchases, LifeTotal.Cancels, LifeTotal.Spend];

    private readonly SequenceEncoder _encoder = new(new FakeModel(maxLength: MaxLength, totals: Totals).Package);

    [Fact]
    public void Encode_KnownItems_GivesIndicesActionsAndGaps()
    {
        var sequence = Encode(
            ("i3", EventType.View, 0), ("i1", EventType.Purchase, 59), ("i2", EventType.AddToCart, 119), ("i2", EventType.Hide, 9_000));

        Row(sequence, s => s.Items).ShouldBe([3, 1, 2, 2]);
        Row(sequence, s => s.Actions).ShouldBe([1, 2, 3, 1]);
        Row(sequence, s => s.Gaps).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public void Encode_UnknownItemBetween_CountsTheGapFromTheKnownOneBefore()
    {
        var sequence = Encode(("i3", EventType.View, 0), ("who?", EventType.View, 59), ("i1", EventType.View, 100));

        Row(sequence, s => s.Items).ShouldBe([3, 1]);
        Row(sequence, s => s.Gaps).ShouldBe([1, 3]);
        Row(sequence, s => s.Sources).ShouldBe([0, 2]);
    }

    [Fact]
    public void Encode_ItemTwiceInASecond_CountsOnceInItsFirstPlaceWithTheStrongestAction()
    {
        var sequence = Encode(
            ("i3", EventType.View, 5), ("i1", EventType.View, 5), ("i3", EventType.Purchase, 5), ("i1", EventType.View, 5), ("i1", EventType.View, 6));

        Row(sequence, s => s.Items).ShouldBe([3, 1, 1]);
        Row(sequence, s => s.Actions).ShouldBe([2, 1, 1]);
        Row(sequence, s => s.Sources).ShouldBe([0, 1, 4]);
    }

    [Fact]
    public void Encode_LongerThanTheModelReads_KeepsTheNewestAndBeginsAnew()
    {
        var sequence = Encode([.. Enumerable.Range(1, 7).Select(i => ($"i{i}", EventType.View, i * 100L))]);

        Row(sequence, s => s.Items).ShouldBe([4, 5, 6, 7]);
        Row(sequence, s => s.Gaps).ShouldBe([1, 3, 3, 3]);
        Row(sequence, s => s.Sources).ShouldBe([3, 4, 5, 6]);
    }

    [Fact]
    public void Encode_NowIsAfterTheLastEvent_ElapsedIsSecondsSinceIt() =>
        Encode(("i1", EventType.View, 0), ("who?", EventType.View, 940)).Elapsed.ShouldBe(60f);

    [Fact]
    public void Encode_NowIsBeforeTheLastEvent_ElapsedIsZero() => Encode(("i1", EventType.View, 5_000)).Elapsed.ShouldBe(0f);

    [Fact]
    public void Encode_Totals_AreInTheModelsOrderAndStayWhileTimePasses()
    {
        const long Day = 86_400_000;
        var request = new InferenceRequest
        {
            ItemIds = ["i1", "who?"],
            Types = [EventType.Purchase, EventType.View],
            Timestamps = [12 * Day, (13 * Day) + 200],
            Now = 13 * Day,
            Totals = new LifeTotals(Purchases: 40, Cancels: 2, Spend: 99.5, FirstSeen: (3 * Day) + 900),
        };
        var (now, later) = (new EncodedSequence(MaxLength, Totals.Length), new EncodedSequence(MaxLength, Totals.Length));
        _encoder.Encode(request, now);
        _encoder.Encode(request with { Now = 60 * Day }, later);

        now.Totals.ShouldBe([10f, 40f, 2f, 99.5f]);
        later.Totals.ShouldBe(now.Totals);
        later.Elapsed.ShouldBeGreaterThan(now.Elapsed);
    }

    [Fact]
    public void Encode_TotalsUnknown_AreZero()
    {
        var sequence = new EncodedSequence(MaxLength, Totals.Length);
        Array.Fill(sequence.Totals, 9);
        _encoder.Encode(new InferenceRequest { ItemIds = ["i1"], Types = [EventType.View], Timestamps = [1_000_000_000], Now = 1_000_000_000 }, sequence);

        sequence.Totals.ShouldBe([0f, 0f, 0f, 0f]);
    }

    [Fact]
    public void Encode_ArraysOfDifferentLength_Throws() => Should.Throw<ArgumentException>(() => _encoder.Encode(
        new InferenceRequest { ItemIds = ["i1"], Types = [], Timestamps = [0], Now = 0 }, new EncodedSequence(MaxLength, Totals.Length)));

    [Fact]
    public void Write_IntoALongerRow_PadsOnTheLeftAndOverwritesWhatWasThere()
    {
        var buffers = new BatchBuffers(2, MaxLength, 11, totals: Totals.Length);
        Array.Fill(buffers.Items, 99);
        Array.Fill(buffers.Actions, 99);
        Array.Fill(buffers.Gaps, 99);

        Encode(("i3", EventType.View, 0), ("i1", EventType.Purchase, 990)).Write(buffers, row: 1, length: 3);

        buffers.Items.ShouldBe([99, 99, 99, 0, 3, 1, 99, 99]);
        buffers.Actions.ShouldBe([99, 99, 99, 0, 1, 2, 99, 99]);
        buffers.Gaps.ShouldBe([99, 99, 99, 0, 1, 3, 99, 99]);
        buffers.Elapsed.ShouldBe([0f, 10f]);
        buffers.Totals.ShouldBe([0f, 0f, 0f, 0f, 11f, 7f, 0f, 2.5f]);
    }

    private EncodedSequence Encode(params (string Item, EventType Type, long Second)[] events)
    {
        var sequence = new EncodedSequence(MaxLength, Totals.Length);
        _encoder.Encode(
            new InferenceRequest
            {
                ItemIds = [.. events.Select(e => e.Item)],
                Types = [.. events.Select(e => e.Type)],
                Timestamps = [.. events.Select(e => e.Second * 1_000)],
                Now = 1_000_000,
                Totals = new LifeTotals(Purchases: 7, Cancels: 0, Spend: 2.5, FirstSeen: 990_000 - (11 * 86_400_000L)),
            },
            sequence);
        return sequence;
    }

    private static int[] Row(EncodedSequence sequence, Func<EncodedSequence, int[]> field) => field(sequence)[sequence.Start..];
}
