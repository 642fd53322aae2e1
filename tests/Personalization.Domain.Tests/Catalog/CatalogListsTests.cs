using Personalization.Domain.Tests.Support;
using Personalization.Ranking;

namespace Personalization.Domain.Tests.Catalog;

public sealed class CatalogListsTests
{
    [Fact]
    public void A_change_leaves_the_lists_alone_that_it_is_not_in()
    {
        var catalog = Shop.Catalog([.. Shop.Items(4, "A", "B")]);
        var (a, b) = (catalog.InCategory("A"), catalog.InCategory("B"));

        catalog.Put(Shop.Item("n", "B"));

        catalog.InCategory("A").ShouldBeSameAs(a);
        b.Select(item => item.ItemId).ShouldBe(["i1", "i3"]);
        catalog.InCategory("B").Select(item => item.ItemId).ShouldBe(["i1", "i3", "n"]);
    }

    [Fact]
    public void An_item_that_is_put_again_keeps_its_place_in_its_categories()
    {
        var catalog = Shop.Catalog(Shop.Items(3, "A"));

        catalog.Put(Shop.Item("i1", "A", "B") with { Title = "new" });

        catalog.InCategory("A").Select(item => item.Title).ShouldBe(["Title of i0", "new", "Title of i2"]);
        catalog.InCategory("B").ShouldHaveSingleItem().Title.ShouldBe("new");
        catalog.Snapshot().Select(item => item.ItemId).ShouldBe(["i0", "i1", "i2"]);
    }

    [Fact]
    public void Categories_are_those_that_have_items()
    {
        var catalog = Shop.Catalog([Shop.Item("x", "A", "B", "B"), Shop.Item("y", "B")]);
        catalog.Categories.Order().ShouldBe(["A", "B"]);

        catalog.Put(Shop.Item("x", "C"));

        catalog.Categories.Order().ShouldBe(["B", "C"]);
        catalog.InCategory("A").ShouldBeEmpty();
        catalog.InCategory("B").ShouldHaveSingleItem().ItemId.ShouldBe("y");
        catalog.Remove("y");
        catalog.Categories.ShouldBe(["C"]);
    }

    [Fact]
    public void Items_of_a_category_share_its_name()
    {
        var catalog = Shop.Catalog([Shop.Item("x", new string("Kitchen")), Shop.Item("y", new string("Kitchen".AsSpan()))]);

        var items = catalog.Snapshot();

        items[1].Categories[0].ShouldBeSameAs(items[0].Categories[0]);
    }

    [Fact]
    public void Offers_what_is_available_and_not_blocked_by_itself_or_its_category()
    {
        var catalog = Shop.Catalog(new RankingOptions { BlockedItems = ["bad"], BlockedCategories = ["Adult"] });

        catalog.Offers(Shop.Item("good", "Kitchen")).ShouldBeTrue();
        catalog.Offers(Shop.Item("gone", "Kitchen") with { Available = false }).ShouldBeFalse();
        catalog.Offers(Shop.Item("bad", "Kitchen")).ShouldBeFalse();
        catalog.Offers(Shop.Item("other", "Kitchen", "Adult")).ShouldBeFalse();
    }
}
