using Personalization.Catalog;
using Personalization.Inference.Packages;
using Personalization.Inference.Retrieval;
using Personalization.Items;

namespace Personalization.Inference.Tests.Retrieval;

public sealed class CategoryMemoryTests
{
    private const int Count = 50_000;

    /// <summary>A bit of every item for each category took memory with the square of the catalogue: 1.2 GB where 100,000 items have as many categories.</summary>
    [Fact]
    public void Current_AsManyCategoriesAsItems_TakesMemoryWithTheItemsAlone()
    {
        var catalog = new ItemCatalog();
        string[] items = [.. Enumerable.Range(1, Count).Select(number => $"i{number}")];
        foreach (var item in items)
        {
            catalog.Put(new Item { ItemId = item, Title = item, Available = true, Categories = [$"of {item}"] });
        }

        var index = new EligibilityIndex(new Vocabulary(items), catalog);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var view = index.Current();
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        view.Categories.Count.ShouldBe(Count);
        (bytes / Count).ShouldBeLessThan(2_000);
    }
}
