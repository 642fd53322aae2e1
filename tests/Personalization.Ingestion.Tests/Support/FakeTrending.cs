using Personalization.Items;

namespace Personalization.Ingestion.Tests;

internal sealed class FakeTrending : ITrendingGrain
{
    private readonly Lock _lock = new();
    private readonly List<ItemCount> _counts = [];

    public float WeightOf(string itemId)
    {
        lock (_lock)
        {
            return _counts.Where(count => count.ItemId == itemId).Sum(count => count.Weight);
        }
    }

    public ValueTask Report(ItemCount[] counts)
    {
        lock (_lock)
        {
            _counts.AddRange(counts);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<ItemScore[]> Top(int count, TimeSpan window) => throw new NotSupportedException();
}
