using Personalization.Events;

namespace Personalization.Inference;

/// <summary>One shopper's sequence and what is wanted of the model. Speaks of items by id: only the engine knows the model's indices.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.inference-request")]
public sealed record InferenceRequest
{
    /// <summary>Items of the sequence, oldest first; the engine reads as many of the newest as the model holds.</summary>
    [Id(0)]
    public required string[] ItemIds { get; init; }

    /// <summary>Event types, same length.</summary>
    [Id(1)]
    public required EventType[] Types { get; init; }

    /// <summary>Event times, Unix milliseconds, same length, not falling.</summary>
    [Id(2)]
    public required long[] Timestamps { get; init; }

    /// <summary>Shop time of the question, Unix milliseconds.</summary>
    [Id(3)]
    public required long Now { get; init; }

    /// <summary>Best eligible items wanted, 0-1,000; 0 for churn only. All there are, when fewer are eligible.</summary>
    [Id(4)]
    public int Count { get; init; }

    /// <summary>Items not eligible for this shopper.</summary>
    [Id(5)]
    public string[] Exclude { get; init; } = [];

    /// <summary>Only items of one of these categories; empty: all.</summary>
    [Id(6)]
    public string[] Categories { get; init; } = [];

    /// <summary>Score exactly these (rank); then <see cref="Count"/>, <see cref="Exclude"/>, <see cref="Categories"/> and availability are ignored.</summary>
    [Id(7)]
    public string[]? Candidates { get; init; }

    /// <summary>Who goes first.</summary>
    [Id(8)]
    public InferencePriority Priority { get; init; }

    /// <summary>How long the answer may take from now on.</summary>
    [Id(9)]
    public TimeSpan Budget { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whose question it is: says which model answers while a challenger answers a share of the shoppers. Null: the champion.</summary>
    [Id(10)]
    public string? UserId { get; init; }

    /// <summary>What the churn score takes of the shopper's whole life, where the model asks for it.</summary>
    [Id(11)]
    public LifeTotals Totals { get; init; }
}
