using Personalization.Domain.Tests.Support;
using Personalization.Items;

namespace Personalization.Domain.Tests.Catalog;

public sealed class ItemCatalogTests
{
    [Fact]
    public void Items_keep_the_place_of_their_first_coming()
    {
        var catalog = Shop.Catalog(Shop.Items(3, "A"));
        catalog.Put(Shop.Item("i0", "B"));
        catalog.Remove("i1");
        catalog.Put(Shop.Item("i1", "B"));

        catalog.Snapshot().Select(item => item.ItemId).ShouldBe(["i0", "i2", "i1"]);
        catalog.InCategory("B").Select(item => item.ItemId).ShouldBe(["i0", "i1"]);
        catalog.InCategory("A").Select(item => item.ItemId).ShouldBe(["i2"]);
        catalog.InCategory("none").ShouldBeEmpty();
    }

    [Fact]
    public void Revision_rises_with_changes_only()
    {
        var catalog = Shop.Catalog(Shop.Items(1));
        var before = catalog.Revision;

        catalog.Remove("unknown");
        catalog.Revision.ShouldBe(before);
        catalog.Remove("i0");
        catalog.Revision.ShouldBeGreaterThan(before);
    }

    /// <summary>A shop that puts its whole catalogue every night had every shelf that was kept made again for nothing.</summary>
    [Fact]
    public void Revision_stays_where_an_item_is_put_as_it_was()
    {
        var catalog = Shop.Catalog(Fan("blue"));
        var before = catalog.Revision;

        catalog.Put(Fan("blue"));
        catalog.Revision.ShouldBe(before);
        catalog.Put(Fan("red"));
        catalog.Put(Fan("red") with { Categories = ["A"] });
        catalog.Put(Fan("red") with { Categories = ["A"], Price = 3 });
        catalog.Revision.ShouldBe(before + 3);

        static Item Fan(string colour) =>
            new() { ItemId = "i", Title = "Fan", Categories = ["A", "B"], Price = 2.5m, Attributes = new() { ["colour"] = colour, ["size"] = "s" } };
    }

    [Fact]
    public async Task Readers_see_whole_snapshots_while_writers_change_everything()
    {
        var catalog = Shop.Catalog(Shop.Items(50, "A"));
        using var done = new CancellationTokenSource();
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; i < 2_000; i++)
                {
                    catalog.Put(Shop.Item($"i{i % 50}", i % 2 == 0 ? "A" : "B"));
                    catalog.Remove($"x{i - 1}");
                    catalog.Put(Shop.Item($"x{i}", "A"));
                }

                done.Cancel();
            },
            TestContext.Current.CancellationToken);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    var items = catalog.Snapshot();
                    items.Select(item => item.ItemId).Distinct().Count().ShouldBe(items.Count);
                    items.Count.ShouldBeInRange(50, 52);
                    catalog.TryGet("i7", out var item).ShouldBeTrue();
                    item!.ItemId.ShouldBe("i7");
                    catalog.InCategory("A").ShouldAllBe(entry => entry.Categories[0] == "A");
                }
            },
            TestContext.Current.CancellationToken));

        await Task.WhenAll([writer, .. readers]);

        catalog.Snapshot().Count.ShouldBe(51);
        catalog.Count.ShouldBe(51);
    }
}
