using System.Text.Json.Serialization;

namespace Personalization.Churn;

/// <summary>How likely a shopper leaves, in words; the model package holds the thresholds.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ChurnLevel>))]
public enum ChurnLevel : byte
{
    /// <summary>Below the watch threshold.</summary>
    Low = 0,

    /// <summary>Between the thresholds.</summary>
    Watch = 1,

    /// <summary>Above the high threshold: warned once until activity re-arms it.</summary>
    High = 2,
}
