using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Items;
using Personalization.Profiles;
using Personalization.Users;

namespace Personalization.Domain.Tests.Profiles;

public sealed class ProfileBuilderTests
{
    private static readonly Item[] Range =
    [
        Shop.Item("a", "Kitchen") with { Brand = "Acme", Price = 1 },
        Shop.Item("b", "Garden", "Gifts") with { Brand = "Bolt", Price = 5 },
        Shop.Item("c", "Toys") with { Price = 20 },
    ];

    [Fact]
    public void Build_counts_dates_and_sums_what_was_done()
    {
        var profile = Build(Shop.Did(EventType.View, "a", 40), Shop.Did(EventType.AddToCart, "a", 39), Shop.Did(EventType.Purchase, "a", 38, 2.5m, 4));

        profile.ShouldSatisfyAllConditions(
            p => p.UserId.ShouldBe("u1"),
            p => p.Version.ShouldBe("t.0.1"),
            p => p.Counts.ShouldBe(new Dictionary<string, long> { ["view"] = 1, ["add_to_cart"] = 1, ["purchase"] = 1 }, ignoreOrder: true),
            p => p.SequenceLength.ShouldBe(3),
            p => p.FirstSeen.ShouldBe(Shop.Now.AddDays(-40)),
            p => p.LastSeen.ShouldBe(Shop.Now.AddDays(-38)),
            p => p.RecencyDays!.Value.ShouldBe(38, 1e-6),
            p => p.Spend.ShouldBe(10m));
    }

    [Fact]
    public void Build_weighs_categories_and_brands_by_action_and_age()
    {
        var profile = Build(Shop.Did(EventType.Purchase, "a", 30), Shop.Did(EventType.View, "b", 0), Shop.Did(EventType.Hide, "c", 0));

        profile.TopCategories.Select(category => category.Name).ShouldBe(["Kitchen", "Garden", "Gifts"]);
        profile.TopCategories[0].Weight.ShouldBe(2.5 / 4.5, 1e-6);
        profile.TopCategories.Sum(category => category.Weight).ShouldBe(1, 1e-9);
        profile.TopBrands.Select(brand => brand.Name).ShouldBe(["Acme", "Bolt"]);
    }

    [Theory]
    [InlineData("a", null, "low")]
    [InlineData("b", null, "middle")]
    [InlineData("c", null, "high")]
    [InlineData("c", 0.5, "low")]
    [InlineData("unknown", 50.0, "high")]
    [InlineData("unknown", null, null)]
    public void Build_places_the_shopper_s_prices_in_the_catalogue_s_thirds(string itemId, double? paid, string? level) =>
        Build(Shop.Did(EventType.Purchase, itemId, 1, (decimal?)paid)).PriceLevel.ShouldBe(level);

    [Fact]
    public void Build_follows_a_catalogue_that_changes()
    {
        var catalog = Shop.Catalog(Range);
        var builder = new ProfileBuilder(catalog);
        StoredEvent[] sequence = [Shop.Did(EventType.Purchase, "b", 1)];
        builder.Build("u1", null, new UserTotals(), sequence, Shop.Now).PriceLevel.ShouldBe("middle");

        catalog.Put(Shop.Item("d") with { Price = 2 });
        catalog.Put(Shop.Item("e") with { Price = 3 });
        catalog.Put(Shop.Item("f") with { Price = 4 });

        builder.Build("u1", null, new UserTotals(), sequence, Shop.Now).PriceLevel.ShouldBe("high");
    }

    [Fact]
    public void Build_for_a_stranger_is_empty()
    {
        var profile = Build();

        profile.ShouldSatisfyAllConditions(
            p => p.Counts.ShouldBeEmpty(),
            p => p.RecencyDays.ShouldBeNull(),
            p => p.TopCategories.ShouldBeEmpty(),
            p => p.PriceLevel.ShouldBeNull(),
            p => p.Segments.ShouldBeEmpty());
    }

    [Fact]
    public void Segments_follow_their_documented_rules()
    {
        Segments(Shop.Did(EventType.View, "a", 3)).ShouldBe(["new"]);
        Segments(Enumerable.Range(0, 10).Select(i => Shop.Did(EventType.View, "a", 50 - i)).ToArray()).ShouldBe(["browser"]);
        Segments(Visits(5, lastDaysAgo: 20)).ShouldBe(["loyal"]);
        Segments(Visits(4, lastDaysAgo: 20)).ShouldBeEmpty();
        Segments(Visits(5, lastDaysAgo: 61)).ShouldBe(["at_risk"]);
        Segments(Shop.Did(EventType.Purchase, "a", 40, 100, 10)).ShouldBe(["big_spender"]);
        Segments(Shop.Did(EventType.Purchase, "a", 40, 100, 10), Shop.Did(EventType.Cancel, "a", 39, 100, 10)).ShouldBe(["returner"]);
    }

    private static StoredEvent[] Visits(int count, double lastDaysAgo) =>
        [.. Enumerable.Range(0, count).Reverse().Select(i => Shop.Did(EventType.Purchase, "a", lastDaysAgo + (i * 10), 1))];

    private static string[] Segments(params StoredEvent[] sequence) => Build(sequence).Segments;

    private static UserProfile Build(params StoredEvent[] sequence)
    {
        var totals = new UserTotals();
        foreach (var action in sequence)
        {
            totals.Add(action.Type, action.Timestamp, action.Quantity, action.Price);
        }

        return new ProfileBuilder(Shop.Catalog(Range)).Build("u1", "t.0.1", totals, sequence, Shop.Now);
    }
}
