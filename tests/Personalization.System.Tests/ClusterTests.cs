using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Confluent.Kafka;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Replay;
using Personalization.TestData;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.SystemTests;

/// <summary>Two silos, a gateway, Kafka and PostgreSQL as real processes.</summary>
public sealed class ClusterTests(ClusterProcesses cluster, ITestOutputHelper output)
{
    private static readonly TimeSpan ReplayTimeout = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Replaying_the_whole_shop_ends_with_every_sequence_equal_to_the_file()
    {
        await cluster.RequireAsync();
        var events = OnlineRetailDataset.Load(Path.Combine(Repository.Root, "models", "data", "online-retail"));
        events.Count.ShouldBe(397_924);
        var expected = new ExpectedState();
        var started = TimeProvider.System.GetTimestamp();
        using (var sink = new KafkaEventSink(cluster.BootstrapServers))
        {
            foreach (var behaviorEvent in events)
            {
                expected.Add(behaviorEvent);
                await sink.SendAsync(behaviorEvent, TestContext.Current.CancellationToken);
            }

            await sink.FlushAsync(TestContext.Current.CancellationToken);
        }

        output.WriteLine($"{events.Count:N0} events produced in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
        var client = cluster.Client();
        await Wait.UntilAsync(
            async () =>
            {
                var silos = (await client.GetClusterAsync()).Silos;
                return silos.Sum(silo => silo.Events) >= events.Count && silos.All(silo => silo.ConsumerLag <= 0);
            },
            ReplayTimeout,
            "all events to be durable");
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        output.WriteLine($"durable after {seconds:0.0} s: {events.Count / seconds:N0} events/s");

        var result = await new StateVerifier(client, new VerifyOptions { Concurrency = 8 }).RunAsync(expected, cancellationToken: TestContext.Current.CancellationToken);

        result.Users.ShouldBe(4_339);
        result.Differences.ShouldBeEmpty();
        result.DifferentUsers.ShouldBe(0);
    }

    [Fact]
    public async Task A_recommendation_knows_the_click_before_it()
    {
        await cluster.RequireAsync();
        var client = cluster.Client();
        for (var i = 0; i < 300; i++)
        {
            var user = $"sparse-{Guid.NewGuid():N}";
            var version = await client.TrackAsync(await ClusterProcesses.ClickAsync(client, user, "85123A"));

            var shelf = await client.RecommendAsync(user, new RecommendationRequest { MinVersion = version, Timeout = TimeSpan.FromSeconds(5) });

            shelf.Stale.ShouldBeFalse();
            shelf.Version.ShouldBe(version);
            shelf.Source.ShouldBe(RecommendationSource.Model, $"trial {i}: {shelf.FallbackReason}, {shelf.Timings}");
            shelf.Items.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Stopping_a_silo_gracefully_fails_no_request()
    {
        await cluster.RequireAsync();
        var client = cluster.Client();
        var silo = await cluster.StartSiloAsync("silo-that-leaves");
        await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos.Any(s => s.Name == "silo-that-leaves"), TimeSpan.FromSeconds(60), "the third silo in the cluster");
        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentDictionary<HttpStatusCode, int>();
        var refusals = new ConcurrentBag<string>();
        var users = Enumerable.Range(0, 400).Select(i => $"leaving-{i}").ToArray();
        var load = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; !stop.IsCancellationRequested; i += 8)
            {
                using var answer = await cluster.Http.GetAsync(new Uri($"v1/users/{users[i % users.Length]}/recommendations?timeoutMs=5000", UriKind.Relative));
                answers.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
                if (!answer.IsSuccessStatusCode)
                {
                    refusals.Add(await answer.Content.ReadAsStringAsync());
                }
            }
        })).ToArray();
        await Wait.UntilAsync(() => answers.Values.Sum() > 800, TimeSpan.FromSeconds(60), "a load on all silos");

        silo.Signal("TERM");
        await silo.WaitForExitAsync(TimeSpan.FromSeconds(90));
        var after = answers.Values.Sum();
        await Wait.UntilAsync(() => answers.Values.Sum() > after + 800, TimeSpan.FromSeconds(60), "requests after the silo left");
        await stop.CancelAsync();
        await Task.WhenAll(load);

        output.WriteLine(string.Join(", ", answers.Select(pair => $"{pair.Key}: {pair.Value}")));
        silo.ExitCode.ShouldBe(0, silo.Output);
        refusals.ShouldBeEmpty(cluster.GatewayOutput);
    }

    [Fact]
    public async Task Malformed_messages_end_in_the_dead_letter_topic_and_the_stream_goes_on()
    {
        await cluster.RequireAsync();
        var user = $"after-bad-{Guid.NewGuid():N}";
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers, MessageMaxBytes = 4_000_000 }).Build();
        // Under a stream clock time follows the events, so none is too far ahead.
        var all = MalformedEvents.All.Where(malformed => malformed.Code != "too_far_ahead").ToArray();
        foreach (var malformed in all)
        {
            await producer.ProduceAsync(Topics.Clickstream, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(user), Value = malformed.Bytes });
        }

        var version = await cluster.Client().TrackAsync(await ClusterProcesses.ClickAsync(cluster.Client(), user, "22423"));
        var page = await cluster.Client().GetHistoryAsync(user, new HistoryQuery { MinVersion = version, Timeout = TimeSpan.FromSeconds(10) });
        page.Stale.ShouldBeFalse();
        page.Events.Select(e => e.ItemId).ShouldBe(["22423"]);

        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = cluster.BootstrapServers,
            GroupId = Guid.NewGuid().ToString("N"),
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).Build();
        consumer.Subscribe(Topics.DeadLetter);
        var codes = new List<string>();
        await Wait.UntilAsync(
            () =>
            {
                while (consumer.Consume(TimeSpan.FromMilliseconds(200)) is { } letter)
                {
                    if (letter.Message.Key is { } key && Encoding.UTF8.GetString(key) == user)
                    {
                        letter.Message.Headers.TryGetLastBytes("source.offset", out _).ShouldBeTrue();
                        codes.Add(Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes("error.code")));
                    }
                }

                return codes.Count >= all.Length;
            },
            TimeSpan.FromSeconds(60),
            "every malformed message as a dead letter");
        all.Length.ShouldBeGreaterThanOrEqualTo(20);
        codes.Count.ShouldBe(all.Length);
        consumer.Close();
    }
}
