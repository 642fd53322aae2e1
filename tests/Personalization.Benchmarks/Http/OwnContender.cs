using System.Text.Json;
using Personalization.Benchmarks.Inference;
using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Benchmarks.Http;

/// <summary>Ours: gateway, silo and engine in one process, with the embedded broker and SQLite; or gateway and silo apart, with Kafka and PostgreSQL.</summary>
/// <param name="apart">Whether gateway and silo are processes of their own.</param>
internal sealed class OwnContender(bool apart) : HttpContender, IContender
{
    private const int EventsPerPost = 500;

    // A shopper's last run answers the other shelves of the same page, and is over when the shopper comes again: each page is a run's.
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal) { ["Personalization__Inference__ReuseFor"] = "00:00:00.050" };
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);
    private Rig? _rig;

    /// <inheritdoc/>
    public string Name => apart ? "ours, apart" : "ours";

    /// <inheritdoc/>
    public string? MissingReason => apart ? KafkaServer.MissingReason ?? PostgresServer.MissingReason : null;

    /// <inheritdoc/>
    public async Task StartAsync(IReadOnlyList<string[]> histories, CancellationToken cancellationToken)
    {
        if (apart)
        {
            await StartApartAsync();
        }
        else
        {
            Start("shop", "dotnet", [Repository.Program("silo/Personalization.Silo"), "demo", "--rate", "0", "--urls", Url], Settings);
        }

        await WaitUntilReadyAsync(cancellationToken);
        if (apart)
        {
            await FillCatalogueAsync(cancellationToken);
        }

        var events = histories.SelectMany((history, number) => history.Select(item => new { userId = Shoppers.IdOf(number), itemId = item, type = "view" }));
        foreach (var part in events.Chunk(EventsPerPost))
        {
            await PostAsync("/v1/events", part);
        }

        // A shelf is asked with the version of the shopper's last event: it is there when all events before it are.
        for (var number = 0; number < histories.Count; number++)
        {
            var shopper = number;
            await Wait.UntilAsync(
                async () => !(await ShelfAsync(shopper, 12)).RootElement.GetProperty("stale").GetBoolean(), TimeSpan.FromMinutes(1), "the histories are read", cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<Reply> RecommendAsync(int number, int count)
    {
        using var response = await Http.GetAsync(Path(number, count));
        var body = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            return new Reply(response.StatusCode.ToString());
        }

        var timings = response.Headers.GetValues("Server-Timing").Single();
        return new Reply(SourceOf(timings, body), ServerTiming.Of(timings, "queue"), ServerTiming.Of(timings, "inference"), ServerTiming.Of(timings, "total"));
    }

    /// <inheritdoc/>
    public async Task<bool> ClickThenReadAsync(int number, string itemId)
    {
        var answer = await PostAsync("/v1/events", new { userId = Shoppers.IdOf(number), itemId, type = "click" });
        using var shelf = await ShelfAsync(number, 10);
        return StreamPosition.TryParse(answer.GetProperty("results")[0].GetProperty("version").GetString(), out var click)
            && StreamPosition.TryParse(shelf.RootElement.GetProperty("version").GetString(), out var state)
            && state.Partition == click.Partition && state.Offset >= click.Offset;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    private static string SourceOf(string timings, byte[] body)
    {
        if (timings.Contains("cache", StringComparison.Ordinal))
        {
            return "cache";
        }

        if (body.AsSpan().IndexOf("\"source\":\"model\""u8) >= 0)
        {
            return Reply.Model;
        }

        using var shelf = JsonDocument.Parse(body);
        return shelf.RootElement.GetProperty("fallbackReason").GetString() ?? "fallback";
    }

    // As the demo does by itself.
    private async Task FillCatalogueAsync(CancellationToken cancellationToken)
    {
        var client = new HttpPersonalizationClient(Http);
        var file = System.IO.Path.Combine(Repository.Root, "models", "data", "online-retail", OnlineRetailDataset.ItemsFile);
        await foreach (var item in ItemFile.ReadAsync(file, cancellationToken))
        {
            await client.PutItemAsync(item, cancellationToken);
        }
    }

    private async Task StartApartAsync()
    {
        _rig = await Rig.StartAsync();
        Add("kafka", _rig.Kafka.ProcessId);
        Add("postgres", _rig.Postgres.ProcessId);
        var launcher = new ClusterLauncher(_rig.Kafka.BootstrapServers, await _rig.NewDatabaseAsync(), "http-benchmark", Rig.Topic, Settings);
        var ports = FreePort.Take(3);
        var silo = launcher.StartSilo("silo-1", ports);
        Add("silo", silo);
        await silo.WaitUntilReadyAsync(new Uri($"http://127.0.0.1:{ports[2]}/"), StartTimeout);
        Add("gateway", launcher.StartGateway(new Uri(Url).Port));
    }

    private static string Path(int number, int count) => $"/v1/users/{Shoppers.IdOf(number)}/recommendations?count={count}";

    private async Task<JsonDocument> ShelfAsync(int number, int count) => JsonDocument.Parse(await Http.GetByteArrayAsync(Path(number, count)));
}
