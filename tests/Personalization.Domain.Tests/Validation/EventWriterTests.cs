using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Personalization.Events;
using Personalization.TestData;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Domain.Tests.Validation;

public sealed class EventWriterTests
{
    private static readonly EventParser Parser = new(ShopClock.Wall(new FakeTimeProvider(MalformedEvents.Now)));

    [Fact]
    public void An_event_survives_writing_and_parsing() =>
        Prop.ForAll(Events().ToArbitrary(), written =>
        {
            var read = Parser.Parse(EventWriter.Write(written), new EventDefaults("unused", MalformedEvents.Now));
            return read.Event == written && read.IgnoredFields.Count == 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Write_gives_the_contract_s_form()
    {
        var written = new BehaviorEvent
        {
            EventId = "e1",
            UserId = "u\u00fc\"",
            ItemId = "i1",
            Type = EventType.RemoveFromCart,
            Timestamp = new DateTimeOffset(2025, 11, 24, 17, 0, 0, 5, TimeSpan.FromHours(1)),
            Price = 2.50m,
            Properties = """{"a":1}""",
        };

        Encoding.UTF8.GetString(EventWriter.Write(written)).ShouldBe(
            """{"eventId":"e1","userId":"uü\"","itemId":"i1","type":"remove_from_cart","timestamp":"2025-11-24T16:00:00.005Z","price":2.50,"properties":{"a":1}}""");
        JsonSerializer.Deserialize<BehaviorEvent>(EventWriter.Write(written), PersonalizationJson.Options)
            .ShouldBe(written with { Timestamp = written.Timestamp.ToUniversalTime() });
    }

    /// <summary>Lines of JSON are one event each: with a line break in it an event became two, and neither was one.</summary>
    [Fact]
    public void Write_of_properties_with_line_breaks_is_one_line_that_parses_to_an_equal_event()
    {
        var sent = """{"eventId":"e","userId":"u","itemId":"i","type":"view","properties":{""" + "\r\n  \"a\": [1,\n 2],\n  \"b\": \"c\\nd\"\r\n" + "}}";
        var read = Parser.Parse(Encoding.UTF8.GetBytes(sent), new EventDefaults("unused", MalformedEvents.Now)).Event.ShouldNotBeNull();
        foreach (var properties in new[] { read.Properties!, "{\n\"a\":\r1}" })
        {
            var written = EventWriter.Write(read with { Properties = properties });
            written.ShouldNotContain((byte)'\n');
            written.ShouldNotContain((byte)'\r');
        }

        Parser.Parse(EventWriter.Write(read), new EventDefaults("unused", MalformedEvents.Now)).Event.ShouldBe(read);
        JsonDocument.Parse(read.Properties!).RootElement.GetProperty("b").GetString().ShouldBe("c\nd");
    }

    private static Gen<BehaviorEvent> Events()
    {
        var id = Gen.Elements("a", "Z9-_", "\u00e9\u00df", "\U0001F600", "\"\\/", "\u4e2d", " ", "\u2028", "<&'>")
            .NonEmptyListOf().Select(parts => string.Concat(parts.Take(20)));
        var price = Maybe(Gen.Choose(0, int.MaxValue).Select(mills => mills / 1000m));
        return
            from eventId in id
            from userId in id
            from itemId in id
            from type in Gen.Elements(Enum.GetValues<EventType>())
            from age in Gen.Choose(0, int.MaxValue)
            from sessionId in id.OrNull()
            from quantity in Maybe(Gen.Choose(1, int.MaxValue))
            from amount in price
            from recommendationId in id.OrNull()
            from properties in id.Select(text => JsonSerializer.Serialize(new { text })).OrNull()
            select new BehaviorEvent
            {
                EventId = eventId,
                UserId = userId,
                ItemId = itemId,
                Type = type,
                Timestamp = MalformedEvents.Now.AddMilliseconds(-age),
                SessionId = sessionId,
                Quantity = quantity,
                Price = amount,
                RecommendationId = recommendationId,
                Properties = properties,
            };
    }

    private static Gen<T?> Maybe<T>(Gen<T> values)
        where T : struct =>
        Gen.OneOf(values.Select(value => (T?)value), Gen.Constant<T?>(null));
}
