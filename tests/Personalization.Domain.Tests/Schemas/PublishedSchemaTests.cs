using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NJsonSchema;
using Personalization.Churn;
using Personalization.Domain.Tests.Validation;
using Personalization.Events;
using Personalization.Items;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Schemas;
using Personalization.TestData;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Domain.Tests.Schemas;

public sealed class PublishedSchemaTests
{
    private static readonly EventDefaults Defaults = new("e", MalformedEvents.Now);
    private static readonly EventParser Parser = new(ShopClock.Wall(new FakeTimeProvider(MalformedEvents.Now)));

    public static TheoryData<string> ToldBySchema => [.. MalformedEvents.All.Where(kind => kind.SchemaCanTell).Select(kind => kind.Name)];

    public static TheoryData<string> ValidEvents =>
    [
        """{"userId":"u","itemId":"i","type":"view"}""",
        """{"userId":"u","itemId":"i","type":"hide","timestamp":946684800000,"unknown":[1]}""",
        """{"userId":"u","itemId":"i","type":"cancel","timestamp":"2025-11-24T16:00Z"}""",
        """{"userId":"u","itemId":"i","type":"purchase","timestamp":"2025-11-24T17:00:00.1234567+01:00","quantity":2147483647,"price":1000000000000}""",
        """{"userId":"\u00e9","itemId":"\"","type":"add_to_cart","eventId":null,"timestamp":null,"sessionId":null,"quantity":null,"price":0,"recommendationId":null,"properties":null}""",
        """{"userId":"u","itemId":"i","type":"impression","properties":{"nested":{"list":[1,null]}}}""",
    ];

    [Fact]
    public void Names_lists_every_schema_of_the_contract() =>
        PublishedSchemas.Names.ShouldBe(["churn-warning", "event", "item", "problem", "recommendation"]);

    [Theory]
    [MemberData(nameof(ToldBySchema))]
    public async Task The_event_schema_refuses_what_the_parser_refuses(string name)
    {
        var kind = MalformedEvents.All.Single(kind => kind.Name == name);

        (await Faults("event", kind.Bytes)).ShouldNotBe(0);
    }

    [Theory]
    [MemberData(nameof(ValidEvents))]
    public async Task The_event_schema_accepts_what_the_parser_accepts(string json)
    {
        Parser.Parse(Encoding.UTF8.GetBytes(json), Defaults).Errors.ShouldBeEmpty();
        (await Faults("event", Encoding.UTF8.GetBytes(json))).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(ItemParserTests.Faults), MemberType = typeof(ItemParserTests))]
    public async Task The_item_schema_refuses_what_the_parser_refuses(string json, string field, string code)
    {
        // Only the schema's user knows whether the id comes from a key.
        if (field != "itemId" || code != "required")
        {
            (await Faults("item", Encoding.UTF8.GetBytes(json))).ShouldNotBe(0);
        }
    }

    /// <summary>The library that reads schemas here does not know <c>propertyNames</c>, so the names' rule is asked by itself.</summary>
    [Theory]
    [InlineData("colour", true)]
    [InlineData("", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0085", false)]
    [InlineData("128", true)]
    [InlineData("129", false)]
    public async Task The_item_schema_judges_names_of_attributes_as_the_parser_does(string text, bool valid)
    {
        var name = int.TryParse(text, out var length) ? new string('x', length) : text;
        using var schema = await JsonDocument.ParseAsync(PublishedSchemas.Open("item")!, cancellationToken: TestContext.Current.CancellationToken);
        var rule = schema.RootElement.GetProperty("properties").GetProperty("attributes").GetProperty("propertyNames");

        ((await JsonSchema.FromJsonAsync(rule.GetRawText())).Validate(JsonSerializer.Serialize(name)).Count == 0).ShouldBe(valid);
        var item = JsonSerializer.SerializeToUtf8Bytes(new { title = "t", attributes = new Dictionary<string, string> { [name] = "v" } });
        ItemParser.Parse(item, "i").IsValid.ShouldBe(valid);
    }

    [Fact]
    public async Task The_event_schema_names_exactly_the_fields_of_an_event()
    {
        var written = new BehaviorEvent
        {
            EventId = "e",
            UserId = "u",
            ItemId = "i",
            Type = EventType.Click,
            Timestamp = MalformedEvents.Now,
            SessionId = "s",
            Quantity = 1,
            Price = 1,
            RecommendationId = "r",
            Properties = "{}",
        };

        await ShouldDescribe("event", JsonSerializer.SerializeToUtf8Bytes(written, PersonalizationJson.Options));
        await ShouldDescribe("event", EventWriter.Write(written));
    }

    [Fact]
    public async Task The_item_schema_names_exactly_the_fields_of_an_item()
    {
        var item = new Item { ItemId = "i", Title = "t", Categories = ["c"], Attributes = new() { ["a"] = "b" } };

        await ShouldDescribe("item", JsonSerializer.SerializeToUtf8Bytes(item, PersonalizationJson.Options));
        (await Faults("item", ItemWriter.Write(item))).ShouldBe(0);
    }

    [Fact]
    public async Task The_warning_schema_names_exactly_the_fields_of_a_warning()
    {
        var warning = new ChurnWarning
        {
            WarningId = "w",
            UserId = "u",
            Probability = 0.9,
            Threshold = 0.8,
            HorizonDays = 90,
            LastEventAt = MalformedEvents.Now,
            DetectedAt = MalformedEvents.Now,
            Reasons = [new ChurnReason("inactive", "No activity for 41 days.")],
            Model = new ModelRef("online-retail", "1"),
        };

        await ShouldDescribe("churn-warning", JsonSerializer.SerializeToUtf8Bytes(warning, PersonalizationJson.Options));
        (await Faults("churn-warning", JsonSerializer.SerializeToUtf8Bytes(warning with { Probability = 1.2 }, PersonalizationJson.Options))).ShouldBe(1);
    }

    [Theory]
    [InlineData(RecommendationSource.Model, null)]
    [InlineData(RecommendationSource.LastGood, FallbackReason.Overload)]
    [InlineData(RecommendationSource.Catalog, FallbackReason.UnknownUser)]
    public async Task The_recommendation_schema_names_exactly_the_fields_of_a_shelf(RecommendationSource source, FallbackReason? reason)
    {
        var shelf = new RecommendationResponse
        {
            UserId = "u",
            RecommendationId = "r",
            Source = source,
            FallbackReason = reason,
            Items =
            [
                new RecommendedItem { ItemId = "a", Score = 0.1, Reason = new Reason("for_you", [], "Picked for you"), Item = new Item { ItemId = "a", Title = "A" } },
                new RecommendedItem { ItemId = "b", Reason = new Reason("because_of_action", ["a"], "Because you viewed A") },
            ],
            Churn = new ChurnSummary(0.5, ChurnLevel.Watch, 90),
        };

        await ShouldDescribe("recommendation", JsonSerializer.SerializeToUtf8Bytes(shelf, PersonalizationJson.Options));
        (await Faults("recommendation", JsonSerializer.SerializeToUtf8Bytes(shelf with { Churn = null }, PersonalizationJson.Options))).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(EnumNames))]
    public async Task A_schema_lists_every_name_of_an_enum(string schema, string pointer, string[] names)
    {
        using var document = await JsonDocument.ParseAsync(PublishedSchemas.Open(schema)!, cancellationToken: TestContext.Current.CancellationToken);
        var node = pointer.Split('/').Aggregate(document.RootElement, (element, name) => element.GetProperty(name));

        node.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!).ShouldBe(names);
    }

    public static TheoryData<string, string, string[]> EnumNames => new()
    {
        { "event", "properties/type/enum", NamesOf<EventType>() },
        { "recommendation", "properties/source/enum", NamesOf<RecommendationSource>() },
        { "recommendation", "properties/fallbackReason/enum", NamesOf<FallbackReason>() },
        { "recommendation", "properties/churn/properties/level/enum", NamesOf<ChurnLevel>() },
    };

    [Fact]
    public async Task The_problem_schema_describes_an_input_fault()
    {
        var problem = """
            {"type":"about:blank","title":"Bad Request","status":400,"detail":"One event is malformed.","traceId":"00-1-2-01",
             "errors":[{"field":"timestamp","code":"too_far_ahead","message":"The time must be at most 5 minutes ahead."}]}
            """;

        (await Faults("problem", Encoding.UTF8.GetBytes(problem))).ShouldBe(0);
        (await Faults("problem", Encoding.UTF8.GetBytes(problem.Replace("too_far_ahead", "Too far ahead", StringComparison.Ordinal)))).ShouldBe(1);
    }

    private static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()))];

    private static async Task<int> Faults(string name, byte[] json)
    {
        var schema = await Load(name);
        return schema.Validate(Encoding.UTF8.GetString(json)).Count;
    }

    private static async Task<JsonSchema> Load(string name)
    {
        using var reader = new StreamReader(PublishedSchemas.Open(name)!);
        return await JsonSchema.FromJsonAsync(await reader.ReadToEndAsync());
    }

    /// <summary>Valid, and neither side has a field that the other lacks, at any depth.</summary>
    private static async Task ShouldDescribe(string name, byte[] json)
    {
        (await Faults(name, json)).ShouldBe(0, Encoding.UTF8.GetString(json));
        using var schema = await JsonDocument.ParseAsync(PublishedSchemas.Open(name)!);
        using var value = JsonDocument.Parse(json);
        Compare(schema.RootElement, value.RootElement, name);
    }

    private static void Compare(JsonElement schema, JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties))
        {
            foreach (var field in value.EnumerateObject())
            {
                properties.TryGetProperty(field.Name, out var description).ShouldBeTrue($"{path}.{field.Name} is not in the schema");
                Compare(description, field.Value, $"{path}.{field.Name}");
            }

            var optional = path.EndsWith("[1]", StringComparison.Ordinal);
            foreach (var field in properties.EnumerateObject().Where(_ => !optional))
            {
                value.TryGetProperty(field.Name, out _).ShouldBeTrue($"{path}.{field.Name} is in the schema only");
            }
        }
        else if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (element, index) in value.EnumerateArray().Select((element, index) => (element, index)))
            {
                Compare(items, element, $"{path}[{index}]");
            }
        }
    }
}
