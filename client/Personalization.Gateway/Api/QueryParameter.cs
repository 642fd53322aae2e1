using Microsoft.OpenApi;
using Personalization.Items;

namespace Personalization.Gateway;

/// <summary>A parameter of a query, as the reader checks it and the OpenAPI document shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for, in a sentence.</param>
internal record QueryParameter(string Name, string Description)
{
    public static readonly IntegerParameter Count = new("count", 20, 1, 100, "How many items, at most.");
    public static readonly IntegerParameter Limit = new("limit", 50, 1, 200, "How many events, at most.");
    public static readonly IntegerParameter Percent = new("percent", 0, 0, 100, "The share of the shoppers whom the model answers; 0: it is compared only.");
    public static readonly IntegerParameter TimeoutMs = new("timeoutMs", 100, 1, 10_000, "Milliseconds that the answer may take.");
    public static readonly QueryParameter MinVersion = new("minVersion", "The version token of an accepted event: the answer waits for it, or says that it is stale.");
    public static readonly QueryParameter Before = new("before", "Where the page before said that the next one is.");
    public static readonly QueryParameter Category = new("category", "Only items of this category.");
    public static readonly QueryParameter Categories = new("category", "Only items of one of these categories.") { IsList = true };
    public static readonly QueryParameter ExcludeItems = new("excludeItem", "Items that must not be in the answer.") { IsList = true };
    public static readonly QueryParameter Include = new("include", "items: the answer carries the catalogue's entries.") { IsList = true, Only = "items" };
    public static readonly QueryParameter Window = new("window", $"Over which time: a number with m, h or d, such as 30m, 24h or 3d; at most {TrendingWindow.Longest.Days}d. Default 24h.");
    public static readonly QueryParameter LastEventId = new("lastEventId", "As the header Last-Event-ID, which wins: a page that opens a refused stream anew cannot send that.");
    public static readonly QueryParameter User = new("user", "Only this shopper's events, and shelves as they change.");

    /// <summary>Whether it may be given again.</summary>
    public bool IsList { get; init; }

    /// <summary>The one value that it may have; null: any.</summary>
    public string? Only { get; init; }

    /// <summary>What the document says of a value.</summary>
    protected virtual OpenApiSchema Value => new() { Type = JsonSchemaType.String, Enum = Only is null ? null : [Only] };

    /// <summary>What the document says.</summary>
    public OpenApiParameter Describe() => new()
    {
        Name = Name,
        In = ParameterLocation.Query,
        Description = Description,
        Schema = IsList ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = Value } : Value,
    };
}
