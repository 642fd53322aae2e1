using System.IO.Compression;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Parquet;
using Parquet.Schema;
using Personalization.Testing;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Replay.Bootstrap;

public sealed class BootstrapperTests : IDisposable
{
    private const int Rows = 1_000;
    private const string Header = "userId,itemId,type,timestamp";
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(Some.Start);
    private readonly MemoryTarget _target = new();
    private string _path;

    public BootstrapperTests()
    {
        _path = Path.Combine(_directory.Path, "history.csv");
        File.WriteAllLines(_path, [Header, .. Enumerable.Range(1, Rows).Select(Line)]);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_load_sends_every_good_row_in_order_and_writes_the_others_down()
    {
        var done = await RunAsync();

        done.ShouldBe(new BootstrapProgress(Rows, 990, 10, 0, Complete: true));
        _target.Events.Select(sent => sent.ItemId).ShouldBe(Enumerable.Range(1, Rows).Where(row => row % 100 != 0).Select(row => $"i{row}"));
        var rejects = await File.ReadAllLinesAsync(_path + ".rejects.jsonl", TestContext.Current.CancellationToken);
        rejects.Length.ShouldBe(10);
        var first = JsonDocument.Parse(rejects[0]).RootElement;
        first.GetProperty("row").GetInt64().ShouldBe(100);
        first.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe("type");
    }

    [Theory]
    [InlineData("history.csv")]
    [InlineData("history.csv.gz")]
    [InlineData("history.jsonl")]
    [InlineData("history.parquet")]
    public async Task Stopped_in_the_middle_and_resumed_every_row_is_sent_once(string name)
    {
        await WriteAsync(name);
        var told = new List<BootstrapProgress>();
        using var stop = new CancellationTokenSource();
        _target.OnSend = sent => StopAt(sent.ItemId, "i437", stop);

        var stopped = await RunAsync(cancellationToken: stop.Token);
        var resumed = await RunAsync(progress: new Told(told));

        stopped.Complete.ShouldBeFalse();
        stopped.Row.ShouldBe(437);
        told[^1].ShouldBe(resumed);
        resumed.ShouldBe(new BootstrapProgress(Rows, 990, 10, 437, Complete: true));
        _target.Events.Select(sent => sent.EventId).Distinct().Count().ShouldBe(990);
        _target.Events.Count.ShouldBe(990);
        (await File.ReadAllLinesAsync(_path + ".rejects.jsonl", TestContext.Current.CancellationToken)).Length.ShouldBe(10);
    }

    [Fact]
    public async Task Killed_between_checkpoints_and_resumed_every_row_is_sent_once()
    {
        _target.OnSend = sent =>
        {
            // A checkpoint falls due every 250 events; the kill comes far behind the last one.
            if (_target.Events.Count % 250 == 249)
            {
                _time.Advance(TimeSpan.FromSeconds(2));
            }

            if (sent.ItemId == "i640")
            {
                throw new KafkaUnavailableException("killed");
            }
        };

        await Should.ThrowAsync<KafkaUnavailableException>(() => RunAsync());
        _target.OnSend = _ => { };
        var resumed = await RunAsync();

        resumed.Resumed.ShouldBeInRange(250, 600);
        resumed.Complete.ShouldBeTrue();
        resumed.Sent.ShouldBe(990);
        _target.Events.Select(sent => sent.ItemId).ShouldBe(Enumerable.Range(1, Rows).Where(row => row % 100 != 0).Select(row => $"i{row}"));
        (await File.ReadAllLinesAsync(_path + ".rejects.jsonl", TestContext.Current.CancellationToken)).Length.ShouldBe(10);
    }

    [Fact]
    public async Task A_complete_load_sends_nothing_again_until_it_is_restarted()
    {
        await RunAsync();
        await RunAsync();
        _target.Events.Count.ShouldBe(990);

        (await RunAsync(restart: true)).Complete.ShouldBeTrue();

        _target.Events.Count.ShouldBe(2 * 990);
    }

    [Fact]
    public async Task A_file_that_changed_or_a_topic_that_was_recreated_is_refused()
    {
        await RunAsync();
        _target.Id = "topic-2";
        (await Should.ThrowAsync<InvalidDataException>(() => RunAsync())).Message.ShouldContain("recreated");

        _target.Id = "topic-1";
        await File.AppendAllTextAsync(_path, Line(1) + "\n", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<InvalidDataException>(() => RunAsync())).Message.ShouldContain("changed");
    }

    private static string Line(int row) => $"u{row % 7},i{row},{(row % 100 == 0 ? "look" : "view")},2025-01-01T00:00:00Z";

    private async Task WriteAsync(string name)
    {
        _path = Path.Combine(_directory.Path, name);
        await using var file = File.Create(_path);
        if (name.EndsWith(".parquet", StringComparison.Ordinal))
        {
            await WriteParquetAsync(file);
            return;
        }

        await using var packed = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file;
        await using var text = new StreamWriter(packed);
        var rows = Enumerable.Range(1, Rows).Select(Line);
        foreach (var line in name.Contains(".csv", StringComparison.Ordinal) ? rows.Prepend(Header) : rows.Select(Json))
        {
            await text.WriteLineAsync(line);
        }
    }

    private static async Task WriteParquetAsync(Stream file)
    {
        DataField<string>[] columns = [.. Header.Split(',').Select(name => new DataField<string>(name))];
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns), file);
        foreach (var lines in Enumerable.Range(1, Rows).Select(row => Line(row).Split(',')).Chunk(300))
        {
            using var group = writer.CreateRowGroup();
            for (var column = 0; column < columns.Length; column++)
            {
                await group.WriteAsync(columns[column], lines.Select(line => line[column]).ToArray());
            }
        }
    }

    private static string Json(string line) => JsonSerializer.Serialize(Header.Split(',').Zip(line.Split(',')).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal));

    private static void StopAt(string item, string last, CancellationTokenSource stop)
    {
        if (item == last)
        {
            stop.Cancel();
        }
    }

    private Task<BootstrapProgress> RunAsync(bool restart = false, IProgress<BootstrapProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new Bootstrapper(new BootstrapOptions { Path = _path, Restart = restart }, _target, new EventParser(ShopClock.Wall(_time)), _time).RunAsync(progress, cancellationToken);

    private sealed class Told(List<BootstrapProgress> values) : IProgress<BootstrapProgress>
    {
        public void Report(BootstrapProgress value) => values.Add(value);
    }
}
