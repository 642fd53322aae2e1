namespace Personalization.Cli.Load;

/// <summary>What one trial is.</summary>
internal enum LoadScenario
{
    /// <summary>An event over HTTP, then the shelf that must know it.</summary>
    Click,

    /// <summary>The shelf only.</summary>
    Recommend,

    /// <summary>An order for the caller's own items.</summary>
    Rank,

    /// <summary>A whole visit: a shelf, then clicks out of it with their shelves, now and then an order.</summary>
    Visit,

    /// <summary>An event straight to Kafka, until the shelf knows it and until it is durable, beside a stream of others.</summary>
    Freshness,
}
