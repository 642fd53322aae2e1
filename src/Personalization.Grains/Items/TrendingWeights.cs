using Personalization.Events;

namespace Personalization.Items;

internal static class TrendingWeights
{
    public static float Of(EventType type) => type == EventType.Purchase ? 5 : 1;
}
