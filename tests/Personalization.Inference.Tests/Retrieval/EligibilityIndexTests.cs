using NSubstitute;
using Personalization.Catalog;
using Personalization.Inference.Retrieval;
using Personalization.Inference.Packages;
using Personalization.Items;

namespace Personalization.Inference.Tests.Retrieval;

public sealed class EligibilityIndexTests
{
    private readonly Vocabulary _vocabulary = new([.. Enumerable.Range(1, 70).Select(i => $"i{i}")]);
    private readonly ItemCatalog _catalog = new();
    private readonly EligibilityIndex _index;

    public EligibilityIndexTests() => _index = new EligibilityIndex(_vocabulary, _catalog);

    [Fact]
    public void Current_CatalogueNotWhole_TakesUnknownItemsAsAvailable()
    {
        Put("i2", available: false);

        Available().ShouldBe(Enumerable.Range(1, 70).Where(i => i != 2));
    }

    [Fact]
    public void Current_CatalogueWhole_LeavesOutWhatItDoesNotKnow()
    {
        Put("i2");
        Put("i70");
        Put("i3", available: false);
        Put("not in the model");
        _ = _index.Current();
        _catalog.MarkLoaded();

        Available().ShouldBe([2, 70]);
    }

    [Fact]
    public void Current_ShopWithoutACatalogue_TakesAllItemsAsAvailableUntilItFeedsOne()
    {
        _catalog.MarkLoaded();
        Available().Length.ShouldBe(70);

        Put("i2");
        Available().ShouldBe([2]);
    }

    [Fact]
    public void Current_ItemChangesCategory_FollowsAndLeavesOldViewsAlone()
    {
        Put("i1", categories: ["a", "b"]);
        Put("i2", categories: ["a"]);
        var before = _index.Current();
        Put("i1", categories: ["b"]);
        _catalog.Remove("i2");
        var after = _index.Current();

        Of(before.Categories["a"]).ShouldBe([1, 2]);
        after.Categories.ShouldNotContainKey("a");
        Of(after.Categories["b"]).ShouldBe([1]);
    }

    [Fact]
    public void Current_NothingChanged_IsTheSameView() => _index.Current().ShouldBeSameAs(_index.Current());

    [Theory]
    [InlineData(3)]
    [InlineData(200)]
    [InlineData(10_000)]
    public void Current_AfterAnyChanges_IsWhatAFreshLookWouldSee(int changesAView)
    {
        var random = new Random(changesAView);
        for (var view = 0; view < 5; view++)
        {
            for (var change = 0; change < changesAView; change++)
            {
                var id = $"i{random.Next(1, 90)}";
                if (random.Next(5) == 0)
                {
                    _catalog.Remove(id);
                }
                else
                {
                    Put(id, random.Next(2) == 0, $"c{random.Next(20)}");
                }
            }

            var (followed, fresh) = (_index.Current(), new EligibilityIndex(_vocabulary, _catalog).Current());
            followed.Available.ShouldBe(fresh.Available);
            for (var category = 0; category < 20; category++)
            {
                Of(followed.Categories.GetValueOrDefault($"c{category}")).ShouldBe(Of(fresh.Categories.GetValueOrDefault($"c{category}")));
            }
        }
    }

    [Fact]
    public void Current_OneItemChanges_LooksAtThatOne()
    {
        var catalog = Substitute.For<IItemCatalog>();
        var index = new EligibilityIndex(_vocabulary, catalog);
        _ = index.Current();
        catalog.ClearReceivedCalls();
        catalog.Revision.Returns(1);
        catalog.TryGetChanges(0, Arg.Any<ICollection<string>>()).Returns(call =>
        {
            call.Arg<ICollection<string>>().Add("i7");
            return true;
        });

        _ = index.Current();

        catalog.Received(1).TryGet("i7", out Arg.Any<Item?>());
        catalog.ReceivedWithAnyArgs(1).TryGet("", out Arg.Any<Item?>());
    }

    private int[] Available() => Of(_index.Current().Available);

    private static int[] Of(CategoryItems? items)
    {
        var bits = new ulong[2];
        items?.AddTo(bits);
        return Of(bits);
    }

    private static int[] Of(ulong[] bits) => [.. Enumerable.Range(0, bits.Length * 64).Where(i => (bits[i / 64] >> (i % 64) & 1) == 1)];

    private void Put(string id, bool available = true, params string[] categories) =>
        _catalog.Put(new Item { ItemId = id, Title = id, Available = available, Categories = categories });
}
