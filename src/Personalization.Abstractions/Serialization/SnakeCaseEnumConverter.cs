using System.Text.Json;
using System.Text.Json.Serialization;

namespace Personalization;

/// <summary>Writes an enum as a lower snake case string and reads nothing else (no numbers).</summary>
/// <typeparam name="TEnum">The enum.</typeparam>
public sealed class SnakeCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
