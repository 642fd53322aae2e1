using System.Text.Json.Serialization;
using Personalization.Events;

namespace Personalization.Client;

/// <summary>What became of one event.</summary>
public sealed record EventResult
{
    /// <summary>Place in the request, from 0.</summary>
    public int Index { get; init; }

    /// <summary>The event's id, when accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EventId { get; init; }

    /// <summary>Whether it was taken.</summary>
    public bool Accepted { get; init; }

    /// <summary>Its version token, when accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }

    /// <summary>What is wrong, when refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FieldError[]? Errors { get; init; }

    /// <summary>Fields that were not understood and ignored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? IgnoredFields { get; init; }
}
