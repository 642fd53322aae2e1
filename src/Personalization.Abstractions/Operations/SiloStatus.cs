using Personalization.Models;

namespace Personalization.Operations;

/// <summary>What one silo does now. Rates and percentiles are over the last 10 s unless said otherwise.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.silo-status")]
public sealed record SiloStatus
{
    /// <summary>Name of the silo.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Its address.</summary>
    [Id(1)]
    public required string Address { get; init; }

    /// <summary>Its roles: <c>users</c>, <c>ingestion</c>, <c>inference</c>.</summary>
    [Id(2)]
    public string[] Roles { get; init; } = [];

    /// <summary>What it serves.</summary>
    [Id(3)]
    public ModelStatus Model { get; init; } = new();

    /// <summary>User grains in memory.</summary>
    [Id(4)]
    public int ActiveUsers { get; init; }

    /// <summary>Items in its copy of the catalogue.</summary>
    [Id(5)]
    public int CatalogItems { get; init; }

    /// <summary>Events made durable per second.</summary>
    [Id(6)]
    public double EventsPerSecond { get; init; }

    /// <summary>Events made durable since start.</summary>
    [Id(7)]
    public long Events { get; init; }

    /// <summary>Events refused into the dead-letter topic since start.</summary>
    [Id(8)]
    public long DeadLetters { get; init; }

    /// <summary>Events in the partitions of this silo that are not yet consumed; -1 when unknown.</summary>
    [Id(9)]
    public long ConsumerLag { get; init; } = -1;

    /// <summary>Recommendations per second.</summary>
    [Id(10)]
    public double RecommendationsPerSecond { get; init; }

    /// <summary>Milliseconds in the user's grain.</summary>
    [Id(11)]
    public LatencySummary RecommendationLatency { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Answers by source since start, JSON names of the sources.</summary>
    [Id(12)]
    public Dictionary<string, long> RecommendationsBySource { get; init; } = [];

    /// <summary>Model runs per second.</summary>
    [Id(13)]
    public double BatchesPerSecond { get; init; }

    /// <summary>Runs by batch size: upper bounds 1, 2, 4, 8, 16, 32, 64, over the last 10 s.</summary>
    [Id(14)]
    public BatchSizeCount[] BatchSizes { get; init; } = [];

    /// <summary>Milliseconds of a model run.</summary>
    [Id(15)]
    public LatencySummary InferenceLatency { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Churn warnings published since start.</summary>
    [Id(16)]
    public long ChurnWarnings { get; init; }
}
