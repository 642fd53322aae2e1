using System.Text;

namespace Personalization.Replay.Tests.Sending;

public sealed class TopicExportTests
{
    [Fact]
    public async Task Each_value_is_one_line_as_it_came_and_what_is_empty_is_none()
    {
        using var output = new MemoryStream();

        var lines = await TopicExport.WriteAsync(
            [Utf8("{\"a\":1}"), null, [], Utf8("{\r\n  \"a\": \"\\n\"\n}"), Utf8("not json")], output, progress: null, CancellationToken.None);

        lines.ShouldBe(3);
        Encoding.UTF8.GetString(output.ToArray()).ShouldBe("{\"a\":1}\n{    \"a\": \"\\n\" }\nnot json\n");
    }

    [Fact]
    public async Task Progress_ends_with_what_was_written_and_a_stop_is_heeded()
    {
        var told = new List<long>();
        await TopicExport.WriteAsync(Enumerable.Repeat(Utf8("{}"), 20_001), Stream.Null, new Told(told), CancellationToken.None);

        told.ShouldBe([10_000, 20_000, 20_001]);
        await Should.ThrowAsync<OperationCanceledException>(() => TopicExport.WriteAsync([Utf8("{}")], Stream.Null, null, new CancellationToken(canceled: true)));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class Told(List<long> values) : IProgress<long>
    {
        public void Report(long value) => values.Add(value);
    }
}
