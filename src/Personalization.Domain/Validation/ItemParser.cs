using System.Text;
using System.Text.Json;
using Personalization.Items;

namespace Personalization.Validation;

/// <summary>Makes items of JSON and names every fault of a bad one. Never throws for any input. Thread-safe.</summary>
public static class ItemParser
{
    private const int ItemIdField = 0;
    private const int TitleField = 1;
    private const int CategoriesField = 2;
    private const int BrandField = 3;
    private const int PriceField = 4;
    private const int AvailableField = 5;

    private static readonly byte[][] Names =
    [
        .. new[] { "itemId", "title", "categories", "brand", "price", "available", "attributes" }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Parses one item.</summary>
    /// <param name="utf8Json">One JSON object in UTF-8, at most <see cref="InputLimits.MaxValueBytes"/>.</param>
    /// <param name="itemIdFromKey">The id that the Kafka key or the path names; the object may leave its own out. Null: the object must have it.</param>
    /// <returns>The item, or all of its faults.</returns>
    public static ItemParseResult Parse(ReadOnlySpan<byte> utf8Json, string? itemIdFromKey)
    {
        var fields = new ObjectFields(utf8Json, Names);
        try
        {
            var parsed = fields.Start() ? Read(ref fields, itemIdFromKey) : null;
            return new ItemParseResult(fields.HasErrors ? null : parsed, fields.Errors, fields.Ignored);
        }
        catch (JsonException exception)
        {
            return new ItemParseResult(null, [JsonEnvelope.Broken(exception, fields.Reader.CurrentDepth)], fields.Ignored);
        }
        catch (InvalidOperationException) when (fields.IsAtLoneSurrogate)
        {
            // The reader throws where it has to unescape half of a pair to compare it with the names it knows.
            return new ItemParseResult(null, [fields.LoneSurrogate()], fields.Ignored);
        }
    }

    private static Item? Read(ref ObjectFields fields, string? itemIdFromKey)
    {
        string? itemId = null, title = null, brand = null;
        string[] categories = [];
        decimal? price = null;
        var available = true;
        Dictionary<string, string> attributes = [];
        int field;
        while ((field = fields.Next()) >= 0)
        {
            switch (field)
            {
                case ItemIdField: itemId = fields.Id(); break;
                case TitleField: title = fields.Text(InputLimits.MaxTitleLength); break;
                case CategoriesField: categories = ReadCategories(ref fields); break;
                case BrandField: brand = fields.Text(InputLimits.MaxIdLength); break;
                case PriceField: price = fields.Price(); break;
                case AvailableField: available = ReadAvailable(ref fields); break;
                default: attributes = ReadAttributes(ref fields); break;
            }
        }

        CheckId(ref fields, ref itemId, itemIdFromKey);
        fields.Require(TitleField);
        return fields.HasErrors ? null : new Item
        {
            ItemId = itemId!,
            Title = title!,
            Categories = categories,
            Brand = brand,
            Price = price,
            Available = available,
            Attributes = attributes,
        };
    }

    private static void CheckId(ref ObjectFields fields, ref string? itemId, string? key)
    {
        if (key is null)
        {
            fields.Require(ItemIdField);
        }
        else if (itemId is not null && !string.Equals(itemId, key, StringComparison.Ordinal))
        {
            fields.Add(new("itemId", InputErrorCodes.KeyMismatch, "The field must equal the key or path that names the item, or be left out."));
        }
        else if (!fields.WasGiven(ItemIdField))
        {
            if (CheckItemId(key) is { } problem)
            {
                fields.Add(problem);
            }

            itemId = key;
        }
    }

    /// <summary>Checks an id that came from outside a JSON value: a Kafka key or a path.</summary>
    /// <param name="itemId">The id.</param>
    /// <returns>The fault, or null.</returns>
    public static Events.FieldError? CheckItemId(string itemId) => IdRules.Check("itemId", itemId);

    private static string[] ReadCategories(ref ObjectFields fields)
    {
        if (fields.Reader.TokenType != JsonTokenType.StartArray)
        {
            fields.WrongType("an array of strings");
            return [];
        }

        var categories = new List<string>();
        var count = 0;
        (string Code, string Message)? problem = null;
        while (fields.Reader.Read() && fields.Reader.TokenType != JsonTokenType.EndArray)
        {
            count++;
            if (fields.Reader.TokenType != JsonTokenType.String)
            {
                problem ??= (InputErrorCodes.WrongType, "The field must be an array of strings.");
                fields.Reader.Skip();
                continue;
            }

            problem ??= ObjectFields.TextProblem(ref fields.Reader, InputLimits.MaxIdLength, out var text);
            if (problem is null && !categories.Contains(text = fields.Reader.GetString()!, StringComparer.Ordinal))
            {
                categories.Add(text);
            }
        }

        if (count > InputLimits.MaxCategories)
        {
            problem = (InputErrorCodes.TooMany, $"The field must have at most {InputLimits.MaxCategories} entries; it has {count}.");
        }

        if (problem is { } found)
        {
            fields.Add(found.Code, found.Message);
        }

        return [.. categories];
    }

    private static bool ReadAvailable(ref ObjectFields fields)
    {
        if (fields.Reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return fields.Reader.GetBoolean();
        }

        fields.WrongType("true or false");
        return false;
    }

    private static Dictionary<string, string> ReadAttributes(ref ObjectFields fields)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (fields.Reader.TokenType != JsonTokenType.StartObject)
        {
            fields.WrongType("an object of strings");
            return attributes;
        }

        var count = 0;
        (string Code, string Message)? problem = null;
        while (fields.Reader.Read() && fields.Reader.TokenType != JsonTokenType.EndObject)
        {
            count++;
            problem ??= ObjectFields.TextProblem(ref fields.Reader, InputLimits.MaxIdLength, out var name);
            name = problem is null ? fields.Reader.GetString()! : "";
            fields.Reader.Read();
            if (fields.Reader.TokenType != JsonTokenType.String)
            {
                problem ??= (InputErrorCodes.WrongType, "The field must be an object of strings.");
                fields.Reader.Skip();
                continue;
            }

            problem ??= ObjectFields.TextProblem(ref fields.Reader, InputLimits.MaxTitleLength, out var text);
            if (problem is null && !attributes.TryAdd(name, fields.Reader.GetString()!))
            {
                problem = (InputErrorCodes.DuplicateField, "Each attribute must occur once.");
            }
        }

        if (count > InputLimits.MaxAttributes)
        {
            problem = (InputErrorCodes.TooMany, $"The field must have at most {InputLimits.MaxAttributes} entries; it has {count}.");
        }

        if (problem is { } found)
        {
            fields.Add(found.Code, found.Message);
        }

        return attributes;
    }
}
