using System.Text;
using System.Text.Json;
using Personalization.Events;

namespace Personalization.Validation;

/// <summary>The JSON names of the event types.</summary>
public static class EventTypeNames
{
    private static readonly EventType[] Types = Enum.GetValues<EventType>();
    private static readonly string[] Names = [.. Types.Select(type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()))];
    private static readonly byte[][] Utf8Names = [.. Names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>All names, comma separated.</summary>
    public static string All { get; } = string.Join(", ", Names);

    /// <summary>The JSON name of a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>For instance <c>add_to_cart</c>.</returns>
    public static string Of(EventType type)
    {
        var index = Array.IndexOf(Types, type);
        return index >= 0 ? Names[index] : throw new ArgumentOutOfRangeException(nameof(type), type, "Not an event type.");
    }

    /// <summary>Reads a JSON name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type, when the name is one.</param>
    /// <returns>Whether the name is one.</returns>
    public static bool TryParse(string? name, out EventType type)
    {
        var index = Array.IndexOf(Names, name);
        type = index >= 0 ? Types[index] : default;
        return index >= 0;
    }

    internal static bool TryRead(ref Utf8JsonReader reader, out EventType type)
    {
        for (var i = 0; i < Utf8Names.Length; i++)
        {
            if (reader.ValueTextEquals(Utf8Names[i]))
            {
                type = Types[i];
                return true;
            }
        }

        type = default;
        return false;
    }
}
