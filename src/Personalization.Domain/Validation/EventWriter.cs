using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Personalization.Events;

namespace Personalization.Validation;

/// <summary>Writes the canonical JSON of an event: the contract's field order, ISO 8601 UTC with milliseconds, absent fields left out, one line.</summary>
public static class EventWriter
{
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an event; <see cref="EventParser"/> gives an equal one back.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write(BehaviorEvent behaviorEvent)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        Write(behaviorEvent, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Makes a writer of the canonical form; reset it before each event.</summary>
    /// <param name="output">Takes UTF-8 JSON.</param>
    /// <returns>The writer.</returns>
    public static Utf8JsonWriter NewWriter(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>Writes an event into a buffer.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="output">Takes UTF-8 JSON.</param>
    public static void Write(BehaviorEvent behaviorEvent, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        using var json = new Utf8JsonWriter(output, Options);
        Write(behaviorEvent, json);
    }

    /// <summary>Writes an event with a writer that is used again and again.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="json">Takes the object; made with <see cref="NewWriter"/>, it writes the canonical form.</param>
    public static void Write(BehaviorEvent behaviorEvent, Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("eventId"u8, behaviorEvent.EventId);
        json.WriteString("userId"u8, behaviorEvent.UserId);
        json.WriteString("itemId"u8, behaviorEvent.ItemId);
        json.WriteString("type"u8, EventTypeNames.Of(behaviorEvent.Type));
        WriteTime(json, behaviorEvent.Timestamp);
        WriteText(json, "sessionId"u8, behaviorEvent.SessionId);
        if (behaviorEvent.Quantity is { } quantity)
        {
            json.WriteNumber("quantity"u8, quantity);
        }

        if (behaviorEvent.Price is { } price)
        {
            json.WriteNumber("price"u8, price);
        }

        WriteText(json, "recommendationId"u8, behaviorEvent.RecommendationId);
        if (behaviorEvent.Properties is { } properties)
        {
            json.WritePropertyName("properties"u8);
            json.WriteRawValue(JsonText.OnOneLine(properties));
        }

        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, DateTimeOffset time)
    {
        Span<char> text = stackalloc char[24];
        time.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-ddTHH:mm:ss.fffZ");
        json.WriteString("timestamp"u8, text[..length]);
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
