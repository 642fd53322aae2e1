using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Personalization.Churn;
using Personalization.Client;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>A cluster whose broker takes nobody without TLS and a name: every client of every process has to use the settings.</summary>
[Collection(OwnCluster.Collection)]
public sealed class SecureKafkaTests(ClusterProcesses servers)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Clicks_items_topics_dead_letters_and_warnings_go_over_the_secure_listener()
    {
        await servers.RequireAsync();
        var launcher = await servers.NewClusterAsync(secure: true);
        var (ports, url) = (FreePort.Take(3), UrlOf(FreePort.Next()));
        await using var silo = launcher.StartSilo("secure", ports);
        await silo.WaitUntilReadyAsync(UrlOf(ports[2]), StartTimeout);
        await using var gateway = launcher.StartGateway(url.Port);
        await gateway.WaitUntilReadyAsync(url, StartTimeout);
        using var http = new HttpClient { BaseAddress = url };
        var client = new HttpPersonalizationClient(http);

        var click = await client.TrackAsync(await ClusterProcesses.ClickAsync(client, "over-tls", "85123A"));

        RecommendationResponse? shelf = null;
        await Wait.UntilAsync(
            async () => (shelf = await client.RecommendAsync("over-tls", new RecommendationRequest { MinVersion = click, Timeout = TimeSpan.FromSeconds(5) })) is { Stale: false },
            StartTimeout,
            "a shelf that knows the click");
        shelf!.Source.ShouldBe(RecommendationSource.Model);
        await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos is [{ ConsumerLag: 0 }], StartTimeout, "the click's offset is committed");

        var malformed = $"no event {Guid.NewGuid()}";
        await ProduceAsync(launcher.Group, malformed);
        await Task.Run(() => Find(Topics.DeadLetter, malformed), TestContext.Current.CancellationToken);

        var warning = new ChurnWarning { WarningId = Guid.NewGuid().ToString("N"), UserId = "over-tls" };
        await ProduceAsync(Topics.ChurnWarnings, JsonSerializer.Serialize(warning, PersonalizationJson.Options));
        await StreamedAsync(http, warning.WarningId);
    }

    // Whoever resumes is sent also what the gateway reads as news of before.
    private static async Task StreamedAsync(HttpClient http, string warningId)
    {
        using var patience = new CancellationTokenSource(StartTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/stream") { Headers = { { "Last-Event-ID", "none" } } };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        while (!(await reader.ReadLineAsync(patience.Token))!.Contains(warningId, StringComparison.Ordinal))
        {
        }
    }

    private async Task ProduceAsync(string topic, string value)
    {
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = servers.BootstrapServers }).Build();
        await producer.ProduceAsync(topic, new Message<string, string> { Key = "over-tls", Value = value });
    }

    private void Find(string topic, string value)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = servers.BootstrapServers,
            GroupId = "secure-kafka-test",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        }).Build();
        using var patience = new CancellationTokenSource(StartTimeout);
        consumer.Subscribe(topic);
        while (consumer.Consume(patience.Token).Message.Value is not { } found || Encoding.UTF8.GetString(found) != value)
        {
        }
    }

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");
}
