using System.Text.Json.Serialization;

namespace Personalization.Recommendations;

/// <summary>What made a list.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RecommendationSource>))]
public enum RecommendationSource : byte
{
    /// <summary>The model, from the shopper's own sequence.</summary>
    Model = 0,

    /// <summary>The shopper's last good list.</summary>
    LastGood = 1,

    /// <summary>Items similar to the shopper's last one.</summary>
    Similar = 2,

    /// <summary>What rises in the shop.</summary>
    Trending = 3,

    /// <summary>The catalogue's order.</summary>
    Catalog = 4,
}
