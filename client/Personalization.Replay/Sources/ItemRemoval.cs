using System.Text.Json;

namespace Personalization.Replay;

/// <summary>A line that takes an item out of a catalogue again, as a record without a value does in the items' topic: <c>{"itemId":"i","removed":true}</c>.</summary>
internal static class ItemRemoval
{
    /// <summary>The line.</summary>
    /// <param name="itemId">The item.</param>
    public static byte[] Line(string itemId) => [.. "{\"itemId\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(itemId), .. ",\"removed\":true}"u8];

    /// <summary>The item that a line removes; null for any other line. What has a title is an item.</summary>
    /// <param name="line">The line.</param>
    public static string? IdOf(string line)
    {
        if (!line.Contains("removed", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(line);
            var fields = json.RootElement;
            return fields.ValueKind == JsonValueKind.Object && !fields.TryGetProperty("title", out _)
                && fields.TryGetProperty("removed", out var removed) && removed.ValueKind == JsonValueKind.True
                && fields.TryGetProperty("itemId", out var itemId) && itemId.ValueKind == JsonValueKind.String
                    ? itemId.GetString()
                    : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter where the id holds half of a surrogate pair.
            return null;
        }
    }
}
