using System.Buffers;
using System.Text.Json;
using Personalization.Items;

namespace Personalization.Validation;

/// <summary>Writes the canonical JSON of an item; absent fields are left out.</summary>
public static class ItemWriter
{
    /// <summary>Writes an item; <see cref="ItemParser"/> gives an equal one back.</summary>
    /// <param name="item">The item.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, EventWriter.Options))
        {
            json.WriteStartObject();
            json.WriteString("itemId"u8, item.ItemId);
            json.WriteString("title"u8, item.Title);
            json.WriteStartArray("categories"u8);
            foreach (var category in item.Categories)
            {
                json.WriteStringValue(category);
            }

            json.WriteEndArray();
            if (item.Brand is { } brand)
            {
                json.WriteString("brand"u8, brand);
            }

            if (item.Price is { } price)
            {
                json.WriteNumber("price"u8, price);
            }

            json.WriteBoolean("available"u8, item.Available);
            json.WriteStartObject("attributes"u8);
            foreach (var (name, text) in item.Attributes)
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
