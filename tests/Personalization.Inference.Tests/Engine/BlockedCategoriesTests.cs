using Personalization.Catalog;
using Personalization.Inference.Tests.Support;
using Personalization.Items;
using Personalization.Ranking;

namespace Personalization.Inference.Tests.Engine;

public sealed class BlockedCategoriesTests
{
    [Fact]
    public async Task Infer_TheBestItemsAreBlocked_ChoosesBehindThem()
    {
        var model = new FakeModel(items: 10);
        var catalog = new ItemCatalog(new RankingOptions { BlockedCategories = ["adult"] });
        for (var i = 1; i <= 10; i++)
        {
            catalog.Put(new Item { ItemId = $"i{i}", Title = "x", Categories = i <= 6 ? ["garden", "adult"] : ["garden"] });
        }

        catalog.MarkLoaded();
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions(), catalog: catalog);
        await using var disposing = engine;
        engine.Start();

        var answer = await engine.TryInferAsync(TestEngine.Ask("i1"), TestContext.Current.CancellationToken);

        answer!.Candidates.Select(c => c.ItemId).ShouldBe(["i7", "i8", "i9"]);
        engine.Similar("i1", 10)!.Select(s => s.ItemId).Order().ShouldBe(["i10", "i7", "i8", "i9"]);
    }
}
