using System.Text;
using Confluent.Kafka;

namespace Personalization.Replay.Tests.Sending;

public sealed class TopicExportTests
{
    [Fact]
    public async Task Each_value_is_one_line_as_it_came_and_what_is_empty_is_none()
    {
        using var output = new MemoryStream();

        var lines = await TopicExport.WriteAsync(
            [Record("{\"a\":1}"), Record(null), Record(""), Record("{\r\n  \"a\": \"\\n\"\n}"), Record("not json")], output, progress: null, CancellationToken.None);

        lines.ShouldBe(3);
        Encoding.UTF8.GetString(output.ToArray()).ShouldBe("{\"a\":1}\n{    \"a\": \"\\n\" }\nnot json\n");
    }

    [Fact]
    public async Task An_item_that_was_removed_has_a_line_that_says_so()
    {
        using var output = new MemoryStream();

        await TopicExport.WriteAsync(
            [Record(null, "k"), Record("""{"title":"Mug"}""", "k"), Record("""{"userId":"u"}""", "u"), Record(null, "u"), Record(null, "k"), Record(null, "k"), Record(null)],
            output, progress: null, CancellationToken.None);

        Encoding.UTF8.GetString(output.ToArray()).ShouldBe("""
            {"itemId":"k","title":"Mug"}
            {"userId":"u"}
            {"itemId":"k","removed":true}

            """);
    }

    [Fact]
    public async Task Progress_ends_with_what_was_written_and_a_stop_is_heeded()
    {
        var told = new List<long>();
        await TopicExport.WriteAsync(Enumerable.Repeat(Record("{}"), 20_001), Stream.Null, new Told(told), CancellationToken.None);

        told.ShouldBe([10_000, 20_000, 20_001]);
        await Should.ThrowAsync<OperationCanceledException>(() => TopicExport.WriteAsync([Record("{}")], Stream.Null, null, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("""{"userId":"u","itemId":"i","type":"view"}""", """{"timestamp":1700000000123,"userId":"u","itemId":"i","type":"view"}""")]
    [InlineData("""{"userId":"u", "timestamp": null, "itemId":"i"}""", """{"userId":"u", "timestamp": 1700000000123, "itemId":"i"}""")]
    [InlineData("""{"userId":"u","properties":{"timestamp":1}}""", """{"timestamp":1700000000123,"userId":"u","properties":{"timestamp":1}}""")]
    [InlineData("""{"userId":"u","timestamp":"2026-01-31T00:00:00Z"}""", null)]
    [InlineData("""{"title":"Mug"}""", """{"itemId":"k\u00E4se","title":"Mug"}""")]
    [InlineData("""{"title":"Mug","itemId":null}""", """{"title":"Mug","itemId":"k\u00E4se"}""")]
    [InlineData("""{"itemId":"i","title":"Mug"}""", null)]
    [InlineData("""{"\u0075serId":"u"}""", """{"timestamp":1700000000123,"\u0075serId":"u"}""")]
    [InlineData("""{"\ud800":1,"userId":"u"}""", null)] // half of a pair is no name that could be compared
    [InlineData("""{"userId":"u","type":view}""", null)]
    [InlineData("""["userId"]""", null)]
    [InlineData("{}", null)]
    public async Task What_is_left_to_the_record_is_filled_in_and_nothing_else_is_touched(string value, string? line)
    {
        using var output = new MemoryStream();

        await TopicExport.WriteAsync([Record(value, "käse", new Timestamp(1_700_000_000_123, TimestampType.CreateTime))], output, progress: null, CancellationToken.None);

        Encoding.UTF8.GetString(output.ToArray()).ShouldBe((line ?? value) + "\n");
    }

    [Fact]
    public async Task A_record_without_a_time_or_a_key_leaves_its_value_as_it_came()
    {
        using var output = new MemoryStream();

        await TopicExport.WriteAsync([Record("""{"userId":"u"}"""), Record("""{"title":"Mug"}""")], output, progress: null, CancellationToken.None);

        Encoding.UTF8.GetString(output.ToArray()).ShouldBe("""
            {"userId":"u"}
            {"title":"Mug"}

            """);
    }

    private static Message<byte[]?, byte[]?> Record(string? value, string? key = null, Timestamp timestamp = default) => new()
    {
        Key = key is null ? null : Encoding.UTF8.GetBytes(key),
        Value = value is null ? null : Encoding.UTF8.GetBytes(value),
        Timestamp = timestamp,
    };

    private sealed class Told(List<long> values) : IProgress<long>
    {
        public void Report(long value) => values.Add(value);
    }
}
