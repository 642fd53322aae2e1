using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Personalization.Churn;
using Personalization.Client;
using Personalization.Gateway;
using Personalization.Ingestion;
using Personalization.Testing;

namespace Personalization.GatewayTests;

/// <summary>The feed over an embedded broker: what is in the topic is neither lost by a restart nor told twice.</summary>
public sealed class WarningFeedTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start(Events.Topics.ChurnWarnings);
    private readonly IProducer<Null, byte[]> _producer;
    private readonly FakeTimeProvider _time = new();
    private int _produced;

    public WarningFeedTests() => _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers }).Build();

    public void Dispose()
    {
        _producer.Dispose();
        _broker.Dispose();
    }

    [Fact]
    public async Task Start_WarningsBefore_AreKeptInTheOrderOfTheirTimeOverAllPartitions()
    {
        Produce(0, "a", "c");
        Produce(3, "b", "d");
        using var feed = Feed();

        await StartAsync(feed, "d");

        Kept(feed).ShouldBe("d b c a");
    }

    [Fact]
    public async Task Start_MoreThanIsKept_TheNewestAreKept()
    {
        Produce(0, "a", "b", "c", "d");
        Produce(1, "e", "f");
        using var feed = Feed(kept: 3);

        await StartAsync(feed, "f");

        Kept(feed).ShouldBe("f e d");
    }

    [Fact]
    public async Task Start_FewerAreLeftInTheTopicThanAreKept_AllThatAreLeftAreKept()
    {
        // The embedded broker keeps 5 MB of a partition.
        string[] large = [.. Enumerable.Range(0, 8).Select(at => new string((char)('a' + at), 900_000))];
        Produce(0, large);
        using var feed = Feed();

        await StartAsync(feed, large[^1]);

        feed.Latest(10).Count.ShouldBeInRange(3, 6);
    }

    [Fact]
    public async Task Listen_IdOfAnotherGateway_GoesOnBehindIt()
    {
        var ids = new List<string>();
        Produce(3, "first");
        using (var before = Feed())
        {
            await StartAsync(before, "first");
            using var listening = before.Listen(null, entry => ids.Add(entry.Id), out var none, out _);
            none.ShouldBeEmpty();
            Produce(0, "a");
            await KeepsAsync(before, "a");
            Produce(1, "b");
            await KeepsAsync(before, "b");
            await before.StopAsync(CancellationToken.None);
        }

        ids.ShouldBe(["0.0,3.0", "0.0,1.0,3.0"]);
        Produce(0, "missed");
        Produce(2, "missed too");
        using var after = Feed();
        await StartAsync(after, "missed too");

        after.Listen(ids[^1], _ => { }, out var missed, out _).Dispose();

        missed.Select(entry => entry.Warning.UserId).ShouldBe(["missed", "missed too"]);
        missed[^1].Id.ShouldBe("0.1,1.0,2.0,3.0");
    }

    [Fact]
    public async Task Listen_BeforeTheTopicWasRead_AStreamThatResumesGetsWhatItMissedAndANewOneNoHistory()
    {
        Produce(0, "a", "b", "c");
        using var feed = Feed();
        var (resumed, fresh) = (new List<string>(), new List<string>());
        using var first = feed.Listen("0.0", entry => resumed.Add(entry.Warning.UserId), out var missed, out _);
        using var second = feed.Listen(null, entry => fresh.Add(entry.Warning.UserId), out _, out _);
        missed.ShouldBeEmpty();

        await StartAsync(feed, "c");
        Produce(1, "d");
        await KeepsAsync(feed, "d");

        resumed.ShouldBe(["b", "c", "d"]);
        fresh.ShouldBe(["d"]);
    }

    [Fact]
    public async Task Start_Again_GoesOnBehindWhatWasRead()
    {
        var heard = new List<string>();
        Produce(3, "first");
        using var feed = Feed();
        using var listening = feed.Listen(null, entry => heard.Add(entry.Warning.UserId), out _, out _);
        await StartAsync(feed, "first");
        Produce(0, "a");
        await KeepsAsync(feed, "a");
        await feed.StopAsync(CancellationToken.None);
        Produce(0, "b");
        Produce(1, "c");

        await StartAsync(feed, "c");

        heard.ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Start_PartitionsStayTheSame_GoesOnReading()
    {
        Produce(3, "first");
        using var feed = Feed();
        await StartAsync(feed, "first");
        for (var minute = 0; minute < 3; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1.1));
            Produce(minute, $"{minute}");
            await KeepsAsync(feed, $"{minute}");
        }

        Kept(feed).ShouldBe("2 1 0 first");
    }

    /// <summary>It assigns all partitions to itself, so it is in no group; the client looked for one unasked and was refused.</summary>
    [Fact]
    public async Task Start_NoRightToAnyGroup_ReadsAllTheSame()
    {
        using var broker = new MockBroker(Events.Topics.ChurnWarnings);
        broker.DenyGroups();
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = broker.BootstrapServers }).Build();
        using var feed = Feed(servers: broker.BootstrapServers);
        await feed.StartAsync(CancellationToken.None);

        for (var at = 0; at < 3; at++)
        {
            Produce(producer, at, $"{at}");
            await KeepsAsync(feed, $"{at}");
        }
    }

    private WarningFeed Feed(int kept = 100, string? servers = null) => new(
        Options.Create(new KafkaOptions { BootstrapServers = servers ?? _broker.BootstrapServers, Settings = new(StringComparer.Ordinal) { ["fetch.wait.max.ms"] = "20" } }),
        Options.Create(new GatewayOptions { KeptWarnings = kept }),
        _time,
        NullLogger<WarningFeed>.Instance);

    private static string Kept(WarningFeed feed) => string.Join(' ', feed.Latest(10).Select(warning => warning.UserId));

    /// <summary>Starts a feed and waits until it has read what there is, up to a warning.</summary>
    private static async Task StartAsync(WarningFeed feed, string newest)
    {
        await feed.StartAsync(CancellationToken.None);
        await KeepsAsync(feed, newest);
    }

    private static async Task KeepsAsync(WarningFeed feed, string user)
    {
        for (var waited = 0; !feed.Latest(10).Any(warning => string.Equals(warning.UserId, user, StringComparison.Ordinal)); waited++)
        {
            waited.ShouldBeLessThan(600, $"no warning of {user[..1]} but {Kept(feed)}");
            await Task.Delay(50);
        }
    }

    private void Produce(int partition, params string[] users) => Produce(_producer, partition, users);

    private void Produce(IProducer<Null, byte[]> producer, int partition, params string[] users)
    {
        foreach (var user in users)
        {
            var value = JsonSerializer.SerializeToUtf8Bytes(new ChurnWarning { WarningId = $"w{_produced}", UserId = user }, PersonalizationJson.Options);
            var at = new Timestamp(DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(_produced++));
            producer.Produce(new TopicPartition(Events.Topics.ChurnWarnings, partition), new Message<Null, byte[]> { Value = value, Timestamp = at });
            producer.Flush();
        }
    }
}
