using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Personalization.Catalog;
using Personalization.TestData;
using Personalization.Testing;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Ingestion.Tests;

/// <summary>The whole path against the embedded broker.</summary>
public sealed class EmbeddedBrokerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_OfManyUsers_ReachTheirGrainsInOrderAndAreCommitted()
    {
        using var broker = EmbeddedBroker.Start("clickstream");
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, broker.Configure);
        await TestEvents.ProduceAsync(broker.BootstrapServers, "clickstream", 0, 2_000, 50, Cancellation);

        await Wait.UntilAsync(() => grains.Applied == 2_000, TimeSpan.FromSeconds(60), "all applied");
        foreach (var user in grains.Users)
        {
            user.Disorders.ShouldBe(0);
            user.Applied.Select(a => a.Event.EventId).ShouldBe(Enumerable.Range(0, 40).Select(n => $"{user.UserId}-{(n * 50) + int.Parse(user.UserId[5..])}"));
            user.Applied.ShouldAllBe(a => a.Position.Epoch == broker.Epoch);
        }

        await host.StopAsync();
        TopicReader.Committed(broker.BootstrapServers, "clickstream", "personalization").ShouldBe(2_000);
    }

    [Fact]
    public async Task LoneClick_OnAnIdleStream_IsThereWithinMilliseconds()
    {
        using var broker = EmbeddedBroker.Start("clickstream");
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, broker.Configure);
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        var latencies = new List<double>();
        for (var n = 0; n < 50; n++)
        {
            await producer.ProduceAsync("clickstream", TestEvents.Message(TestEvents.Of("u", n)), Cancellation);
            var watch = Stopwatch.StartNew();
            SpinWait.SpinUntil(() => grains.Applied == n + 1, TimeSpan.FromSeconds(30)).ShouldBeTrue();
            latencies.Add(watch.Elapsed.TotalMilliseconds);
        }

        latencies.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"median {latencies[25]:F2} ms, p90 {latencies[45]:F2} ms");
        latencies[25].ShouldBeLessThan(50);
    }

    [Fact]
    public async Task MalformedEvents_OfEveryKind_AreSetAsideWithTheirBytesAndNoneStopsTheStream()
    {
        using var broker = EmbeddedBroker.Start("clickstream", "clickstream.dead-letter");
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(
            grains,
            broker.Configure,
            services => services.AddSingleton(ShopClock.Wall(new FakeTimeProvider(MalformedEvents.Now))));
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        var sent = new Dictionary<(int, long), MalformedEvent>();
        var good = 0;
        foreach (var malformed in MalformedEvents.All)
        {
            var report = await producer.ProduceAsync("clickstream", TestEvents.Message("any", malformed.Bytes), Cancellation);
            sent.Add((report.Partition.Value, report.Offset.Value), malformed);
            var valid = TestEvents.Of("u", good++) with { Timestamp = MalformedEvents.Now };
            await producer.ProduceAsync("clickstream", TestEvents.Message(valid), Cancellation);
        }

        var withoutValue = await producer.ProduceAsync("clickstream", TestEvents.Message(key: null, value: null), Cancellation);
        await Wait.UntilAsync(() => grains.Applied == good, TimeSpan.FromSeconds(60), "every good event is applied");
        var letters = TopicReader.Read(broker.BootstrapServers, "clickstream.dead-letter", sent.Count + 1);
        foreach (var letter in letters)
        {
            Header(letter, "source.topic").ShouldBe("clickstream");
            var source = (int.Parse(Header(letter, "source.partition")), long.Parse(Header(letter, "source.offset")));
            if (source == (withoutValue.Partition.Value, withoutValue.Offset.Value))
            {
                (letter.Message.Key, letter.Message.Value).ShouldBe((null, null));
                Header(letter, "error.code").ShouldBe("empty");
                continue;
            }

            sent.Remove(source, out var malformed).ShouldBeTrue();
            letter.Message.Value.ShouldBe(malformed!.Bytes, malformed.Name);
            Header(letter, "error.code").ShouldBe(malformed.Code, malformed.Name);
            Header(letter, "error.field").ShouldBe(malformed.Field, malformed.Name);
            Header(letter, "error.message").ShouldNotBeEmpty();
        }

        sent.ShouldBeEmpty();
        await host.StopAsync();
        TopicReader.Committed(broker.BootstrapServers, "clickstream", "personalization").ShouldBe(letters.Count + good);
    }

    private static string Header(ConsumeResult<byte[]?, byte[]?> letter, string name) =>
        Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes(name));

    [Fact]
    public async Task Record_WhoseDecodingThrows_IsSetAsideAndTheStreamGoesOn()
    {
        using var broker = EmbeddedBroker.Start();
        var grains = new FakeGrains();
        var clock = new FailingClock(failures: 2);
        await using var host = await IngestionHost.StartAsync(grains, broker.Configure, services => services.AddSingleton<ShopClock>(clock));
        await TestEvents.ProduceAsync(broker.BootstrapServers, "clickstream", 0, 100, 10, Cancellation);

        await Wait.UntilAsync(() => grains.Applied == 98, TimeSpan.FromSeconds(60), "all others are applied");
        var letters = TopicReader.Read(broker.BootstrapServers, "clickstream.dead-letter", 2);
        letters.ShouldAllBe(letter => Header(letter, "error.code") == "unreadable" && letter.Message.Value!.Length > 0);
        await host.StopAsync();
        TopicReader.Committed(broker.BootstrapServers, "clickstream", "personalization").ShouldBe(100);
    }

    [Fact]
    public async Task Row_ThatIsDamaged_ItsEventsAreSetAsideAfterAFewTriesAndAllOthersAreCommitted()
    {
        using var broker = EmbeddedBroker.Start();
        var grains = new FakeGrains();
        var tries = new ConcurrentDictionary<string, int>();
        grains.BeforeAppend = (userId, _) => (userId, tries.AddOrUpdate(userId, 1, (_, n) => n + 1)) switch
        {
            ("user-1", _) => throw new InvalidDataException("cut off"),
            ("user-2", _) => throw new InvalidOperationException("not activated", new InvalidDataException("cut off")),
            ("user-3", < 5) => throw new InvalidDataException("read badly"),
            _ => Task.CompletedTask,
        };
        await using var host = await IngestionHost.StartAsync(grains, broker.Configure);
        await TestEvents.ProduceAsync(broker.BootstrapServers, "clickstream", 0, 400, 4, Cancellation);

        var letters = TopicReader.Read(broker.BootstrapServers, "clickstream.dead-letter", 200);
        await Wait.UntilAsync(() => grains.Applied == 200, TimeSpan.FromSeconds(60), "the others are applied");
        letters.ShouldAllBe(letter => Header(letter, "error.code") == "damaged_state" && Header(letter, "error.message").Length > 0);
        letters.Select(letter => Encoding.UTF8.GetString(letter.Message.Key!)).Distinct().Order().ShouldBe(["user-1", "user-2"]);
        var parser = new EventParser(ShopClock.Wall());
        letters.Select(letter => parser.Parse(letter.Message.Value, default).Event!.EventId).Distinct().Count().ShouldBe(200);
        tries["user-1"].ShouldBeGreaterThanOrEqualTo(5);
        await Wait.UntilAsync(() => host.Get<InFlightBudget>() is { Events: 0, Bytes: 0 }, TimeSpan.FromSeconds(60), "nothing is kept");
        await host.StopAsync();
        TopicReader.Committed(broker.BootstrapServers, "clickstream", "personalization").ShouldBe(400);
    }

    [Fact]
    public async Task Replay_OfThePast_MovesShopTimeWithTheStreamAndRefusesOnlyTheRealFuture()
    {
        using var broker = EmbeddedBroker.Start();
        var grains = new FakeGrains();
        var clock = new ReplayClock(new DateTimeOffset(2009, 12, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = await IngestionHost.StartAsync(
            grains,
            options =>
            {
                broker.Configure(options);
                options.AdvanceClock = true;
            },
            services => services.AddSingleton<ShopClock>(clock));
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        var then = new DateTimeOffset(2011, 5, 1, 12, 0, 0, TimeSpan.Zero);
        await producer.ProduceAsync("clickstream", TestEvents.Message(TestEvents.Of("u", 0) with { Timestamp = then }), Cancellation);
        await producer.ProduceAsync("clickstream", TestEvents.Message(TestEvents.Of("u", 1) with { Timestamp = then.AddYears(500) }), Cancellation);
        var letter = TopicReader.Read(broker.BootstrapServers, "clickstream.dead-letter", 1).Single();
        Header(letter, "error.code").ShouldBe("too_far_ahead");
        await Wait.UntilAsync(() => grains.Applied == 1, TimeSpan.FromSeconds(60), "the past is applied");
        (clock.GetUtcNow() - then).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Event_WithoutIdAndTime_GetsBothFromItsPlaceInTheStream()
    {
        using var broker = EmbeddedBroker.Start();
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, broker.Configure);
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        var message = TestEvents.Message("u", """{"userId":"u","itemId":"i","type":"view"}"""u8.ToArray());
        message.Timestamp = new Timestamp(TestEvents.Time.UtcDateTime);
        await producer.ProduceAsync("clickstream", message, Cancellation);
        await Wait.UntilAsync(() => grains.Applied == 1, TimeSpan.FromSeconds(60), "applied");
        var (position, applied) = grains.User("u").Applied.Single();
        applied.EventId.ShouldBe(position.ToString());
        applied.Timestamp.ShouldBe(TestEvents.Time);
    }

    [Fact]
    public async Task Message_WhoseTimeNoCalendarHolds_IsTakenInAsIfItHadNone()
    {
        using var broker = EmbeddedBroker.Start();
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(
            grains,
            broker.Configure,
            services => services.AddSingleton(ShopClock.Wall(new FakeTimeProvider(TestEvents.Time))));
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        foreach (var json in new[] { """{"userId":"u","itemId":"i","type":"view"}""", """{"userId":"u","itemId":"i","type":"view","timestamp":1763999999123}""" })
        {
            var message = TestEvents.Message("u", Encoding.UTF8.GetBytes(json));
            message.Timestamp = new Timestamp(TestEvents.Time.ToUnixTimeMilliseconds() * 1_000, TimestampType.CreateTime);
            await producer.ProduceAsync("clickstream", message, Cancellation);
        }

        await Wait.UntilAsync(() => grains.Applied == 2, TimeSpan.FromSeconds(60), "applied");
        grains.User("u").Applied.Select(a => a.Event.Timestamp).ShouldBe([TestEvents.Time, DateTimeOffset.FromUnixTimeMilliseconds(1763999999123)]);
    }

    [Fact]
    public async Task Catalogue_OnTheEmbeddedBroker_IsFedToo()
    {
        using var broker = EmbeddedBroker.Start();
        await using var host = await IngestionHost.StartAsync(services => services.AddSingleton<ItemCatalog>().AddPersonalizationCatalogFeed(broker.Configure));
        var catalog = host.Get<ItemCatalog>();
        await Wait.UntilAsync(() => catalog.IsLoaded, TimeSpan.FromSeconds(60), "loaded");
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        await producer.ProduceAsync("items", TestEvents.Message("a", """{"\ud83d":1,"title":"No text"}"""u8.ToArray()), Cancellation);
        await producer.ProduceAsync("items", TestEvents.Message("a", """{"title":"A"}"""u8.ToArray()), Cancellation);
        await Wait.UntilAsync(() => catalog.TryGet("a", out _), TimeSpan.FromSeconds(60), "put");
        await producer.ProduceAsync("items", TestEvents.Message("a", null), Cancellation);
        await Wait.UntilAsync(() => catalog.Count == 0, TimeSpan.FromSeconds(60), "removed");
    }

    [Fact]
    public void Start_Twice_GivesAnotherEpoch()
    {
        using var first = EmbeddedBroker.Start("clickstream");
        using var second = EmbeddedBroker.Start("clickstream");
        first.Epoch.ShouldNotBe(second.Epoch);
        Events.StreamPosition.TryParse($"{first.Epoch}.0.0", out _).ShouldBeTrue();
    }
}
