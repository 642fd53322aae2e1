using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Ranking;
using Personalization.Recommendations;

namespace Personalization.Domain.Tests.Ranking;

public sealed class PinnedBlockTests
{
    [Theory]
    [InlineData(2, new[] { 5, 15 })]
    [InlineData(5, new[] { 6, 16 })]
    [InlineData(12, new[] { 13 })]
    public void New_items_come_behind_what_the_operator_pinned(int pinned, int[] places)
    {
        var catalog = Shop.Catalog([.. Shop.Items(60, "Kitchen"), .. Enumerable.Range(0, 5).Select(i => Shop.Item($"n{i}", "Kitchen"))]);
        string[] wanted = [.. Enumerable.Range(0, pinned).Select(i => $"i{40 + i}")];
        var pipeline = new RankingPipeline(catalog, new RankingOptions { PinnedItems = wanted }, new Vocabulary());
        var candidates = Shop.Scores([.. Enumerable.Range(0, 40).Select(i => $"i{i}")]);

        var shelf = pipeline.Rank(candidates, [Shop.Did(EventType.View, "i59", 3)], new RecommendationRequest { Count = 20 }, Shop.Now);

        shelf.Length.ShouldBe(20);
        shelf.Take(pinned).Select(place => place.ItemId).ShouldBe(wanted);
        Enumerable.Range(1, 20).Where(place => shelf[place - 1].Reason.Code == "new_in_category").ShouldBe(places);
    }

    private sealed class Vocabulary : IModelVocabulary
    {
        public Predicate<string> Knows { get; } = id => id[0] == 'i';
    }
}
