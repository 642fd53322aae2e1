using System.Text.Json.Serialization;

namespace Personalization.Recommendations;

/// <summary>Why a list did not come from the model.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<FallbackReason>))]
public enum FallbackReason : byte
{
    /// <summary>Nothing was ever heard of this user.</summary>
    UnknownUser = 1,

    /// <summary>The user is known and the sequence is empty (for instance after an erasure).</summary>
    EmptyHistory = 2,

    /// <summary>The model knows none of the items in the sequence.</summary>
    NoKnownItems = 3,

    /// <summary>The model would have answered after the deadline.</summary>
    Deadline = 4,

    /// <summary>The inference queue is full.</summary>
    Overload = 5,

    /// <summary>No model is loaded, or no inference silo is reachable.</summary>
    NoModel = 6,

    /// <summary>The model run failed; the log says why.</summary>
    ModelError = 7,

    /// <summary>The model has no eligible item for the request's filters.</summary>
    NoEligibleItems = 8,
}
