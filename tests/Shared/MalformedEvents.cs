using System.Globalization;
using System.Text;

namespace Personalization.TestData;

/// <summary>Every way we know in which producers get an event wrong, judged at <see cref="Now"/>.</summary>
internal static class MalformedEvents
{
    /// <summary>The clock that the time rules are judged against.</summary>
    public static DateTimeOffset Now { get; } = new(2025, 11, 24, 16, 0, 0, TimeSpan.Zero);

    /// <summary>A valid event to compare with.</summary>
    public static byte[] Valid { get; } = Utf8(With());

    public static IReadOnlyList<MalformedEvent> All { get; } =
    [
        .. WholeValue(), .. Ids(), .. Types(), .. Times(), .. Numbers(), .. Properties(),
    ];

    private static IEnumerable<MalformedEvent> WholeValue() =>
    [
        Whole("empty", [], "empty"),
        Whole("blank", Utf8(" \n\t "), "empty"),
        Whole("not JSON", Utf8("userId=u1&itemId=i1"), "not_json"),
        Whole("cut off", Utf8(With()[..40]), "not_json"),
        Whole("single quotes", Utf8("{'userId': 'u1'}"), "not_json"),
        Whole("trailing comma", Utf8(With().Replace("}", ",}", StringComparison.Ordinal)), "not_json"),
        Whole("comment", Utf8("/* click */" + With()), "not_json"),
        Whole("NaN", Utf8(With("price", "NaN")), "not_json"),
        Whole("infinity", Utf8(With("price", "Infinity")), "not_json"),
        Whole("raw control character", Utf8(With("itemId", "\"a\nb\"")), "not_json"),
        Whole("leading zero", Utf8(With("quantity", "01")), "not_json"),
        Whole("two objects", Utf8(With() + With()), "trailing_data"),
        Whole("text behind", Utf8(With() + " x"), "trailing_data"),
        Whole("NUL behind", Utf8(With() + "\0"), "trailing_data"),
        Whole("byte order mark", [0xEF, 0xBB, 0xBF, .. Valid], "byte_order_mark"),
        Whole("UTF-16 with a mark", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(With())], "not_utf8"),
        Whole("UTF-16 without a mark", Encoding.BigEndianUnicode.GetBytes(With()), "not_utf8"),
        Whole("Latin-1", Encoding.Latin1.GetBytes(With("itemId", "\"caf\u00e9\"")), "not_utf8"),
        Whole("encoded surrogate", [.. Utf8("{\"userId\":\""), 0xED, 0xA0, 0x80, .. Utf8("\"}")], "not_utf8"),
        Whole("larger than 64 KiB", Utf8(With("extra", '"' + new string('x', 65_536) + '"')), "too_large"),
        Whole("depth bomb of arrays", Utf8(With("extra", new string('[', 5_000) + new string(']', 5_000))), "too_deep"),
        Whole("depth bomb in properties", Utf8(With("properties", Nested(60))), "too_deep"),
        Whole("array", Utf8("[" + With() + "]"), "not_an_object", schema: true),
        Whole("string", Utf8("\"click\""), "not_an_object", schema: true),
        Whole("null", Utf8("null"), "not_an_object", schema: true),
    ];

    private static IEnumerable<MalformedEvent> Ids()
    {
        foreach (var field in new[] { "userId", "itemId" })
        {
            yield return One($"{field} missing", Without(field), field, "required");
            yield return One($"{field} null", With(field, "null"), field, "required");
            yield return One($"{field} a dot", With(field, "\".\""), field, "dot_segment");
            yield return One($"{field} two dots", With(field, "\"..\""), field, "dot_segment");
        }

        foreach (var field in new[] { "eventId", "userId", "itemId", "sessionId", "recommendationId" })
        {
            yield return One($"{field} empty", With(field, "\"\""), field, "bad_length");
            yield return One($"{field} too long", With(field, '"' + new string('x', 129) + '"'), field, "bad_length");
            yield return One($"{field} a number", With(field, "17"), field, "wrong_type");
            yield return One($"{field} with NUL", With(field, "\"a\\u0000b\""), field, "control_character");
            yield return One($"{field} ends with a line break", With(field, "\"a\\n\""), field, "control_character");
            yield return One($"{field} with half a surrogate pair", With(field, "\"a\\ud83d b\""), field, "lone_surrogate", schema: false);
            yield return One($"{field} twice", Twice(field), field, "duplicate_field", schema: false);
        }

        yield return One("itemId an object", With("itemId", "{\"sku\":\"1\"}"), "itemId", "wrong_type");
        yield return One("userId with surrogates swapped", With("userId", "\"\\ude00\\ud83d\""), "userId", "lone_surrogate", schema: false);
        yield return One("name with half a surrogate pair", Named("\\ud83d"), "", "lone_surrogate", schema: false);
        yield return One("long name with half a surrogate pair", Named(new string('x', 60) + "\\udc00"), "", "lone_surrogate", schema: false);
        yield return One("unknown field twice", With().Replace("}", ",\"x\":1,\"x\":2}", StringComparison.Ordinal), "x", "duplicate_field", schema: false);
    }

    private static IEnumerable<MalformedEvent> Types() =>
    [
        One("type missing", Without("type"), "type", "required"),
        One("type unknown", With("type", "\"wishlist\""), "type", "unknown_type"),
        One("type in capitals", With("type", "\"CLICK\""), "type", "unknown_type"),
        One("type empty", With("type", "\"\""), "type", "unknown_type"),
        One("type a number", With("type", "2"), "type", "wrong_type"),
        One("type with half a surrogate pair", With("type", "\"\\ud83d\""), "type", "lone_surrogate", schema: false),
    ];

    private static IEnumerable<MalformedEvent> Times() =>
    [
        One("timestamp in words", With("timestamp", "\"yesterday\""), "timestamp", "bad_timestamp"),
        One("timestamp without offset", With("timestamp", "\"2025-11-24T16:00:00\""), "timestamp", "bad_timestamp"),
        One("timestamp a date", With("timestamp", "\"2025-11-24\""), "timestamp", "bad_timestamp"),
        One("timestamp with 25 hours", With("timestamp", "\"2025-11-24T25:00:00Z\""), "timestamp", "bad_timestamp", schema: false),
        One("timestamp on 30 February", With("timestamp", "\"2025-02-30T10:00:00Z\""), "timestamp", "bad_timestamp", schema: false),
        One("timestamp with a fraction of a millisecond", With("timestamp", "1763999999999.5"), "timestamp", "bad_timestamp"),
        One("timestamp a number in a string", With("timestamp", "\"1763999999999\""), "timestamp", "bad_timestamp"),
        One("timestamp with half a surrogate pair", With("timestamp", "\"2025-11-24T16:00:00\\ud83dZ\""), "timestamp", "lone_surrogate", schema: false),
        One("timestamp true", With("timestamp", "true"), "timestamp", "wrong_type"),
        One("timestamp in epoch seconds", With("timestamp", "1763999999"), "timestamp", "too_old"),
        One("timestamp negative", With("timestamp", "-1"), "timestamp", "too_old"),
        One("timestamp in 1999", With("timestamp", "\"1999-12-31T23:59:59Z\""), "timestamp", "too_old", schema: false),
        One("timestamp ten minutes ahead", With("timestamp", Milliseconds(Now.AddMinutes(10))), "timestamp", "too_far_ahead", schema: false),
        One("timestamp in microseconds", With("timestamp", Milliseconds(Now) + "000"), "timestamp", "too_far_ahead", schema: false),
    ];

    private static IEnumerable<MalformedEvent> Numbers() =>
    [
        One("quantity zero", With("quantity", "0"), "quantity", "out_of_range"),
        One("quantity negative", With("quantity", "-3"), "quantity", "out_of_range"),
        One("quantity with a fraction", With("quantity", "1.5"), "quantity", "out_of_range"),
        One("quantity beyond 32 bits", With("quantity", "4294967296"), "quantity", "out_of_range"),
        One("quantity in a string", With("quantity", "\"1\""), "quantity", "wrong_type"),
        One("price negative", With("price", "-0.01"), "price", "out_of_range"),
        One("price beyond every sum", With("price", "1e300"), "price", "out_of_range"),
        One("price in a string", With("price", "\"2.55\""), "price", "wrong_type"),
        One("price an array", With("price", "[2.55]"), "price", "wrong_type"),
    ];

    private static IEnumerable<MalformedEvent> Properties() =>
    [
        One("properties an array", With("properties", "[1]"), "properties", "wrong_type"),
        One("properties a string", With("properties", "\"{}\""), "properties", "wrong_type"),
        One("properties larger than 4 KiB", With("properties", "{\"x\":\"" + new string('x', 4_096) + "\"}"), "properties", "too_large", schema: false),
        One("properties with half a surrogate pair", With("properties", "{\"x\":\"\\udc00\"}"), "properties", "lone_surrogate", schema: false),
    ];

    private static MalformedEvent Whole(string name, byte[] bytes, string code, bool schema = false) => new(name, bytes, "", code, schema);

    private static MalformedEvent One(string name, string json, string field, string code, bool schema = true) =>
        new(name, Utf8(json), field, code, schema);

    private static string With(string? field = null, string value = "")
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["eventId"] = "\"e1\"",
            ["userId"] = "\"u1\"",
            ["itemId"] = "\"85123A\"",
            ["type"] = "\"click\"",
            ["timestamp"] = "\"2025-11-24T15:59:59.123Z\"",
        };
        if (field is not null)
        {
            fields[field] = value;
        }

        return Json(fields);
    }

    private static string Named(string name) => With().Replace("{", $"{{\"{name}\":1,", StringComparison.Ordinal);

    private static string Without(string field) => With(field, "0").Replace($",\"{field}\":0", "", StringComparison.Ordinal);

    private static string Twice(string field) =>
        With(field, "\"a\"").Replace("}", $",\"{field}\":\"a\"}}", StringComparison.Ordinal);

    private static string Json(Dictionary<string, string> fields) =>
        "{" + string.Join(',', fields.Select(field => $"\"{field.Key}\":{field.Value}")) + "}";

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

    private static string Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
