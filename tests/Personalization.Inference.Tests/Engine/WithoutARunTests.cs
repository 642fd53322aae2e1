using Personalization.Catalog;
using Personalization.Inference.Tests.Support;
using Personalization.Items;

namespace Personalization.Inference.Tests.Engine;

public sealed class WithoutARunTests
{
    [Fact]
    public async Task ExpectedTime_is_short_at_rest_and_without_end_when_the_queue_is_full()
    {
        var model = new FakeModel();
        await using var engine = TestEngine.Create(model.Package, model, new InferenceOptions { QueueCapacity = 2 });
        engine.WarmUp();
        var atRest = engine.ExpectedTime;

        var asked = Enumerable.Range(0, 2).Select(_ => engine.TryInferAsync(TestEngine.Ask("i1"), CancellationToken.None).AsTask()).ToArray();
        var full = engine.ExpectedTime;
        engine.Workers[0].Step(wait: false);
        await Task.WhenAll(asked);

        atRest.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        full.ShouldBe(TimeSpan.MaxValue);
        engine.ExpectedTime.ShouldBeLessThan(TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Similar_items_follow_the_catalogue()
    {
        var model = new FakeModel();
        var catalog = new ItemCatalog();
        await using var engine = TestEngine.Create(model.Package, model, new InferenceOptions(), catalog: catalog);
        var before = engine.Similar("i1", 3)!.Select(item => item.ItemId).ToArray();

        catalog.Put(new Item { ItemId = before[0], Title = "sold out", Available = false });
        var after = engine.Similar("i1", 3)!.Select(item => item.ItemId).ToArray();

        before.Length.ShouldBe(3);
        before.ShouldNotContain("i1");
        after.Length.ShouldBe(3);
        after.ShouldNotContain(before[0]);
        engine.Similar("i1", 2)!.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Similar_items_are_as_many_as_there_are_however_many_are_sold_out()
    {
        var model = new FakeModel(items: 300);
        var catalog = new ItemCatalog();
        await using var engine = TestEngine.Create(model.Package, model, new InferenceOptions(), catalog: catalog);
        var closest = engine.Similar("i1", 299)!;

        foreach (var item in closest[..200])
        {
            catalog.Put(new Item { ItemId = item.ItemId, Title = "sold out", Available = false });
        }

        engine.Similar("i1", 50).ShouldBe(closest[200..250]);
        engine.Similar("i1", 200).ShouldBe(closest[200..]);

        catalog.Put(new Item { ItemId = closest[200].ItemId, Title = "sold out", Available = false });
        engine.Similar("i1", 50).ShouldBe(closest[201..251]);
    }

    [Fact]
    public async Task A_graph_that_chooses_has_no_scores_to_share()
    {
        await SharesAsync(new FakeModel(), shares: true);
        await SharesAsync(new FakeModel(top: 3), shares: false);

        static async Task SharesAsync(FakeModel model, bool shares)
        {
            await using var engine = TestEngine.Create(model.Package, model, new InferenceOptions());
            engine.SharesRuns.ShouldBe(shares);
        }
    }
}
