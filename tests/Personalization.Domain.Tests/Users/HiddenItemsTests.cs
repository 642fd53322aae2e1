using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Ranking;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

public sealed class HiddenItemsTests
{
    private readonly BehaviorSequence _sequence = new(40);
    private int _minute;

    [Fact]
    public void What_was_hidden_stays_hidden_however_much_happens_after_it()
    {
        Do(EventType.Hide, "i0");
        Times(500, EventType.Click);
        Times(100, EventType.Impression);

        var shelf = new RankingPipeline(Shop.Catalog(Shop.Items(2)), new RankingOptions()).Rank(
            Shop.Scores("i0", "i1"), _sequence.Snapshot(), new RecommendationRequest { Count = 2 }, Some.Start.AddYears(1));

        shelf.ShouldHaveSingleItem().ItemId.ShouldBe("i1");
        _sequence.Count.ShouldBe(40);
    }

    [Fact]
    public void Hides_take_a_quarter_of_a_full_ring_at_most_and_the_oldest_of_them_go_first()
    {
        for (var i = 0; i < 14; i++)
        {
            Do(EventType.Hide, $"h{i}");
        }

        Times(200, EventType.Click);

        _sequence.Where(e => e.Type == EventType.Hide).Select(e => e.ItemId).ShouldBe(Enumerable.Range(4, 10).Select(i => $"h{i}"));
        _sequence.Count.ShouldBe(40);
    }

    [Theory]
    [InlineData(EventType.AddToCart)]
    [InlineData(EventType.Purchase)]
    public void A_hide_does_not_outlive_what_undid_it(EventType undoing)
    {
        Do(EventType.Hide, "i0");
        Do(EventType.Hide, "i1");
        Do(undoing, "i0");
        for (var i = 0; i < 100; i++)
        {
            Times(1, EventType.Click);
            new ShopperHistory(_sequence, Some.Start.AddYears(1), TimeSpan.Zero).Hidden.ShouldBe(["i1"]);
        }

        _sequence.ShouldNotContain(e => e.ItemId == "i0");
    }

    [Fact]
    public void A_hide_survives_being_stored_and_read_again()
    {
        var state = new UserState(capacity: 40);
        state.Apply(Some.Batch(0, [Some.Event("i0", 0, EventType.Hide), .. Enumerable.Range(1, 90).Select(i => Some.Event("c", i))]));

        var read = UserStateCodec.Decode(UserStateCodec.Encode(state), capacity: 40);

        read.Sequence.ShouldBe(state.Sequence);
        read.Sequence[0].Type.ShouldBe(EventType.Hide);
        read.Apply(Some.Batch(100, Some.Event("c", 100)));
        read.Sequence[0].Type.ShouldBe(EventType.Hide);
    }

    private void Times(int count, EventType type)
    {
        for (var i = 0; i < count; i++)
        {
            Do(type, "other");
        }
    }

    private void Do(EventType type, string item) => _sequence.Add(Some.Stored(item, _minute, _minute++, type)).ShouldBeTrue();
}
