using Microsoft.Extensions.Options;
using Personalization.Time;
using Personalization.Trending;

namespace Personalization.Items;

/// <summary>The cluster's counter. In memory: after the loss of its silo it fills again from what happens.</summary>
[KeepAlive]
internal sealed class TrendingGrain(IOptions<TrendingOptions> options, ShopClock shop) : Grain, ITrendingGrain
{
    private readonly TrendingCounter _counter = new(options.Value);

    public ValueTask Report([Immutable] ItemCount[] counts)
    {
        _counter.Add(counts);
        return ValueTask.CompletedTask;
    }

    public ValueTask<ItemScore[]> Top(int count, TimeSpan window) => ValueTask.FromResult(_counter.Top(count, window, shop.GetUtcNow()));
}
