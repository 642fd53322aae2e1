using System.Text;
using System.Text.Json;
using Personalization.Events;
using Personalization.Time;

namespace Personalization.Validation;

/// <summary>Makes events of JSON and names every fault of a bad one. Never throws for any input. Thread-safe.</summary>
/// <param name="clock">Shop time, for times that are too far ahead.</param>
public sealed class EventParser(ShopClock clock)
{
    private const int EventIdField = 0;
    private const int UserIdField = 1;
    private const int ItemIdField = 2;
    private const int TypeField = 3;
    private const int TimestampField = 4;
    private const int SessionIdField = 5;
    private const int QuantityField = 6;
    private const int PriceField = 7;
    private const int RecommendationIdField = 8;

    private static readonly byte[][] Names =
    [
        .. new[] { "eventId", "userId", "itemId", "type", "timestamp", "sessionId", "quantity", "price", "recommendationId", "properties" }
            .Select(Encoding.UTF8.GetBytes),
    ];

    private readonly TimeSpan _maxAhead = clock is ReplayClock ? InputLimits.MaxAheadOfReplay : InputLimits.MaxAhead;

    /// <summary>Parses one event.</summary>
    /// <param name="utf8Json">One JSON object in UTF-8, at most <see cref="InputLimits.MaxValueBytes"/>.</param>
    /// <param name="defaults">Stands in for a missing id or time.</param>
    /// <returns>The event, or all of its faults.</returns>
    public EventParseResult Parse(ReadOnlySpan<byte> utf8Json, in EventDefaults defaults)
    {
        var fields = new ObjectFields(utf8Json, Names);
        try
        {
            var parsed = fields.Start() ? Read(ref fields, utf8Json, defaults) : null;
            return new EventParseResult(fields.HasErrors ? null : parsed, fields.Errors, fields.Ignored);
        }
        catch (JsonException exception)
        {
            return new EventParseResult(null, [JsonEnvelope.Broken(exception, fields.Reader.CurrentDepth)], fields.Ignored);
        }
        catch (InvalidOperationException) when (fields.IsAtLoneSurrogate)
        {
            // The reader throws where it has to unescape half of a pair to compare a text or to make a time of it.
            return new EventParseResult(null, [fields.LoneSurrogate()], fields.Ignored);
        }
    }

    private BehaviorEvent? Read(ref ObjectFields fields, ReadOnlySpan<byte> json, in EventDefaults defaults)
    {
        string? eventId = null, userId = null, itemId = null, sessionId = null, recommendationId = null, properties = null;
        EventType? type = null;
        DateTimeOffset? timestamp = null;
        int? quantity = null;
        decimal? price = null;
        int field;
        while ((field = fields.Next()) >= 0)
        {
            switch (field)
            {
                case EventIdField: eventId = fields.Text(InputLimits.MaxIdLength); break;
                case UserIdField: userId = fields.Id(); break;
                case ItemIdField: itemId = fields.Id(); break;
                case TypeField: type = ReadType(ref fields); break;
                case TimestampField: timestamp = ReadTimestamp(ref fields); break;
                case SessionIdField: sessionId = fields.Text(InputLimits.MaxIdLength); break;
                case QuantityField: quantity = ReadQuantity(ref fields); break;
                case PriceField: price = fields.Price(); break;
                case RecommendationIdField: recommendationId = fields.Text(InputLimits.MaxIdLength); break;
                default: properties = ReadProperties(ref fields, json); break;
            }
        }

        fields.Require(UserIdField);
        fields.Require(ItemIdField);
        fields.Require(TypeField);
        if (!fields.WasGiven(TimestampField))
        {
            timestamp = CheckTime(defaults.Timestamp) is { } problem ? Refuse(ref fields, problem) : defaults.Timestamp;
        }

        return fields.HasErrors ? null : new BehaviorEvent
        {
            EventId = eventId ?? defaults.EventId,
            UserId = userId!,
            ItemId = itemId!,
            Type = type!.Value,
            Timestamp = timestamp!.Value.ToWholeMilliseconds(),
            SessionId = sessionId,
            Quantity = quantity,
            Price = price,
            RecommendationId = recommendationId,
            Properties = properties,
        };
    }

    private static EventType? ReadType(ref ObjectFields fields)
    {
        if (fields.Reader.TokenType != JsonTokenType.String)
        {
            fields.WrongType("a string");
            return null;
        }

        if (EventTypeNames.TryRead(ref fields.Reader, out var type))
        {
            return type;
        }

        fields.Add(InputErrorCodes.UnknownType, $"The field must be one of: {EventTypeNames.All}.");
        return null;
    }

    private static int? ReadQuantity(ref ObjectFields fields)
    {
        if (fields.Reader.TokenType != JsonTokenType.Number)
        {
            fields.WrongType("a whole number");
            return null;
        }

        if (WholeNumber.TryRead(ref fields.Reader, out var quantity) && quantity is >= 1 and <= int.MaxValue)
        {
            return (int)quantity;
        }

        fields.Add(InputErrorCodes.OutOfRange, $"The field must be a whole number from 1 to {int.MaxValue}.");
        return null;
    }

    private static string? ReadProperties(ref ObjectFields fields, ReadOnlySpan<byte> json)
    {
        if (fields.Reader.TokenType != JsonTokenType.StartObject)
        {
            fields.WrongType("a JSON object");
            return null;
        }

        var start = (int)fields.Reader.TokenStartIndex;
        fields.Reader.Skip();
        var text = json[start..(int)fields.Reader.BytesConsumed];
        if (text.Length > InputLimits.MaxPropertiesBytes)
        {
            fields.Add(InputErrorCodes.TooLarge, $"The field must be at most {InputLimits.MaxPropertiesBytes} bytes; it has {text.Length}.");
            return null;
        }

        if (JsonText.HasLoneSurrogate(text))
        {
            fields.Add(InputErrorCodes.LoneSurrogate, "The field must be valid Unicode; it holds half of a surrogate pair.");
            return null;
        }

        return JsonText.OnOneLine(Encoding.UTF8.GetString(text));
    }

    private static DateTimeOffset? Refuse(ref ObjectFields fields, (string Code, string Message) problem)
    {
        fields.Add(new FieldError("timestamp", problem.Code, problem.Message));
        return null;
    }

    private DateTimeOffset? ReadTimestamp(ref ObjectFields fields)
    {
        if (fields.Reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            fields.WrongType("an ISO 8601 time or epoch milliseconds");
            return null;
        }

        if (!EventTime.TryRead(ref fields.Reader, out var time))
        {
            return Refuse(ref fields, (InputErrorCodes.BadTimestamp, EventTime.Expected));
        }

        return CheckTime(time) is { } problem ? Refuse(ref fields, problem) : time;
    }

    private (string Code, string Message)? CheckTime(DateTimeOffset time)
    {
        if (time < InputLimits.MinTimestamp)
        {
            return (InputErrorCodes.TooOld, "The time must not be before 2000-01-01; a number is epoch milliseconds, not seconds.");
        }

        return time > clock.GetUtcNow() + _maxAhead
            ? (InputErrorCodes.TooFarAhead, $"The time must be at most {_maxAhead.TotalMinutes} minutes ahead of the shop's clock.")
            : null;
    }
}
