namespace Personalization.Events;

/// <summary>Default names of the Kafka topics and headers of the contract.</summary>
public static class Topics
{
    /// <summary>Behaviour events, key = user id.</summary>
    public const string Clickstream = "clickstream";

    /// <summary>Refused events: original key and value, reason and source in headers.</summary>
    public const string DeadLetter = "clickstream.dead-letter";

    /// <summary>The catalogue, compacted, key = item id, null value = removed.</summary>
    public const string Items = "items";

    /// <summary>Churn warnings, key = user id.</summary>
    public const string ChurnWarnings = "churn-warnings";
}
