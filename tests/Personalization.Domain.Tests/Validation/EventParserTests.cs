using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Personalization.Events;
using Personalization.TestData;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Domain.Tests.Validation;

public sealed class EventParserTests
{
    private static readonly EventDefaults Defaults = new("made-1", MalformedEvents.Now);
    private readonly EventParser _parser = new(ShopClock.Wall(new FakeTimeProvider(MalformedEvents.Now)));

    public static TheoryData<string> MalformedKinds => [.. MalformedEvents.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(MalformedKinds))]
    public void Parse_of_a_malformed_event_names_the_field_and_the_code(string name)
    {
        var kind = MalformedEvents.All.Single(kind => kind.Name == name);

        var result = _parser.Parse(kind.Bytes, Defaults);

        result.IsValid.ShouldBeFalse();
        var error = result.Errors.ShouldHaveSingleItem();
        (error.Field, error.Code).ShouldBe((kind.Field, kind.Code));
        error.Message.ShouldEndWith(".");
    }

    [Fact]
    public void Parse_of_a_full_event_reads_every_field()
    {
        var result = Parse(
            """
            {"eventId": "e\u00e9", "userId": "u1", "itemId": "85123A", "type": "add_to_cart", "timestamp": 1763999999123,
             "sessionId": "s1", "quantity": 2, "price": 2.55, "recommendationId": "r1", "properties": {"page": ["home", 1]}}
            """);

        result.Errors.ShouldBeEmpty();
        result.Event.ShouldBe(new BehaviorEvent
        {
            EventId = "e\u00e9",
            UserId = "u1",
            ItemId = "85123A",
            Type = EventType.AddToCart,
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1763999999123),
            SessionId = "s1",
            Quantity = 2,
            Price = 2.55m,
            RecommendationId = "r1",
            Properties = """{"page": ["home", 1]}""",
        });
    }

    [Fact]
    public void Parse_fills_in_what_was_left_out_or_null()
    {
        var result = Parse("""{"userId":"u1","itemId":"i1","type":"view","eventId":null,"timestamp":null,"price":null,"properties":null}""");

        result.Event!.EventId.ShouldBe("made-1");
        result.Event.Timestamp.ShouldBe(MalformedEvents.Now);
        result.Event.Price.ShouldBeNull();
    }

    [Fact]
    public void Parse_names_all_faults_of_one_event_at_once()
    {
        var result = Parse("""{"userId":"","itemId":7,"type":"look","timestamp":1,"quantity":0,"price":"2","properties":[]}""");

        result.Errors.Select(error => error.Field)
            .ShouldBe(["userId", "itemId", "type", "timestamp", "quantity", "price", "properties"]);
    }

    [Fact]
    public void Parse_lists_unknown_fields_and_keeps_the_event()
    {
        var result = Parse("""{"userID":"x","userId":"u1","itemId":"i1","type":"view","utm":{"source":"mail"}}""");

        result.IsValid.ShouldBeTrue();
        result.IgnoredFields.ShouldBe(["userID", "utm"]);
    }

    [Theory]
    [InlineData("\"2025-11-24T16:00:00Z\"", "2025-11-24T16:00:00.000Z")]
    [InlineData("\"2025-11-24T17:00:00.1239+01:00\"", "2025-11-24T16:00:00.123Z")]
    [InlineData("\"2025-11-24T16:04:59.999Z\"", "2025-11-24T16:04:59.999Z")]
    [InlineData("946684800000", "2000-01-01T00:00:00.000Z")]
    [InlineData("1763999999123.0", "2025-11-24T15:59:59.123Z")]
    [InlineData("1.763999999123e12", "2025-11-24T15:59:59.123Z")]
    public void Parse_reads_times_to_the_millisecond_in_utc(string timestamp, string expected)
    {
        var result = Parse($$"""{"userId":"u1","itemId":"i1","type":"view","timestamp":{{timestamp}}}""");

        result.Event!.Timestamp.ToString("yyyy-MM-ddTHH:mm:ss.fffK").ShouldBe(expected.Replace("Z", "+00:00", StringComparison.Ordinal));
        result.Event.Timestamp.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("2.0", 2)]
    [InlineData("2147483647.000", int.MaxValue)]
    [InlineData("3e2", 300)]
    public void Parse_reads_whole_numbers_however_a_language_without_integers_writes_them(string quantity, int expected) =>
        Parse($$"""{"userId":"u1","itemId":"i1","type":"view","quantity":{{quantity}}}""").Event!.Quantity.ShouldBe(expected);

    [Theory]
    [InlineData("0.0")]
    [InlineData("2147483648.0")]
    [InlineData("1e28")]
    [InlineData("1e400")]
    public void Parse_refuses_whole_numbers_beyond_the_limits(string quantity) =>
        Parse($$"""{"userId":"u1","itemId":"i1","type":"view","quantity":{{quantity}}}""").Errors.Single().Code.ShouldBe("out_of_range");

    [Fact]
    public void Parse_counts_an_emoji_as_one_character()
    {
        var id = string.Concat(Enumerable.Repeat("\U0001F600", 128));

        Parse($$"""{"userId":"{{id}}","itemId":"i1","type":"view"}""").Event!.UserId.ShouldBe(id);
        Parse($$"""{"userId":"{{id}}x","itemId":"i1","type":"view"}""").Errors.Single().Code.ShouldBe("bad_length");
    }

    [Fact]
    public void Parse_refuses_a_default_time_that_breaks_the_rules()
    {
        var result = _parser.Parse("""{"userId":"u1","itemId":"i1","type":"view"}"""u8, new EventDefaults("e", DateTimeOffset.UnixEpoch));

        result.Errors.Single().ShouldSatisfyAllConditions(e => e.Field.ShouldBe("timestamp"), e => e.Code.ShouldBe("too_old"));
    }

    [Fact]
    public void Parse_under_a_replay_clock_lets_the_stream_run_a_night_ahead()
    {
        var parser = new EventParser(new ReplayClock(MalformedEvents.Now, new FakeTimeProvider()));
        var morning = $$"""{"userId":"u1","itemId":"i1","type":"view","timestamp":{{MalformedEvents.Now.AddHours(14).ToUnixTimeMilliseconds()}}}""";
        var nextYear = $$"""{"userId":"u1","itemId":"i1","type":"view","timestamp":{{MalformedEvents.Now.AddYears(1).ToUnixTimeMilliseconds()}}}""";

        parser.Parse(Encoding.UTF8.GetBytes(morning), Defaults).IsValid.ShouldBeTrue();
        parser.Parse(Encoding.UTF8.GetBytes(nextYear), Defaults).Errors.Single().Code.ShouldBe("too_far_ahead");
    }

    [Fact]
    public void Parse_never_throws_on_random_bytes() =>
        Prop.ForAll<byte[]>(bytes => !_parser.Parse(bytes, Defaults).IsValid).QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_never_throws_when_bytes_of_a_valid_event_are_flipped() =>
        Prop.ForAll<ushort, byte>((where, flip) =>
        {
            var bytes = (byte[])MalformedEvents.Valid.Clone();
            bytes[where % bytes.Length] ^= flip;
            var result = _parser.Parse(bytes, Defaults);
            return result.IsValid == (result.Errors.Count == 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Parse_never_throws_when_half_a_surrogate_pair_is_anywhere()
    {
        var valid = Encoding.UTF8.GetString(MalformedEvents.Valid);
        for (var at = 0; at <= valid.Length; at++)
        {
            Parse(valid.Insert(at, "\\ud83d")).IsValid.ShouldBeFalse();
            Parse(string.Concat(valid.AsSpan(0, at), "\\ud83d", valid.AsSpan(Math.Min(at + 1, valid.Length)))).IsValid.ShouldBeFalse();
        }
    }

    [Fact]
    public void Parse_allocates_less_than_a_kilobyte_an_event()
    {
        const int Rounds = 1_000;
        _parser.Parse(MalformedEvents.Valid, Defaults);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Rounds; i++)
        {
            _parser.Parse(MalformedEvents.Valid, Defaults);
        }

        ((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds).ShouldBeLessThan(1_000);
    }

    private EventParseResult Parse(string json) => _parser.Parse(Encoding.UTF8.GetBytes(json), Defaults);
}
