using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Events;
using Personalization.Testing;

namespace Personalization.Benchmarks.Http;

/// <summary>Ours: gateway, silo and engine in one process, with the embedded broker and SQLite.</summary>
internal sealed class OwnContender : HttpContender, IContender
{
    private const int EventsPerPost = 500;
    private readonly ConcurrentQueue<string> _timings = [];

    /// <inheritdoc/>
    public string Name => "ours";

    /// <inheritdoc/>
    public async Task StartAsync(IReadOnlyList<string[]> histories, CancellationToken cancellationToken)
    {
        Start("shop", "dotnet", [Repository.Program("silo/Personalization.Silo"), "demo", "--rate", "0", "--urls", Url]);
        await WaitUntilReadyAsync(cancellationToken);
        var events = histories.SelectMany((history, number) => history.Select(item => new { userId = Inference.Shoppers.IdOf(number), itemId = item, type = "view" }));
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
    public async Task<string> RecommendAsync(int number, int count)
    {
        using var response = await Http.GetAsync(Path(number, count));
        var body = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            return response.StatusCode.ToString();
        }

        var timings = response.Headers.GetValues("Server-Timing").Single();
        if (timings.Contains("cache", StringComparison.Ordinal))
        {
            return "cache";
        }

        _timings.Enqueue(timings);
        return body.AsSpan().IndexOf("\"source\":\"model\""u8) >= 0 ? "model" : "fallback";
    }

    /// <inheritdoc/>
    public async Task<bool> ClickThenReadAsync(int number, string itemId)
    {
        var answer = await PostAsync("/v1/events", new { userId = Inference.Shoppers.IdOf(number), itemId, type = "click" });
        using var shelf = await ShelfAsync(number, 10);
        return StreamPosition.TryParse(answer.GetProperty("results")[0].GetProperty("version").GetString(), out var click)
            && StreamPosition.TryParse(shelf.RootElement.GetProperty("version").GetString(), out var state)
            && state.Partition == click.Partition && state.Offset >= click.Offset;
    }

    /// <inheritdoc/>
    public string? Breakdown()
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        var count = 0;
        while (_timings.TryDequeue(out var timings))
        {
            count++;
            foreach (var part in timings.Split(", "))
            {
                var (name, value) = (part[..part.IndexOf(';', StringComparison.Ordinal)], part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]);
                sums[name] = sums.GetValueOrDefault(name) + double.Parse(value, CultureInfo.InvariantCulture);
            }
        }

        return count == 0
            ? null
            : new StringBuilder("means, ms: ").AppendJoin(", ", sums.Select(sum => string.Create(CultureInfo.InvariantCulture, $"{sum.Key} {sum.Value / count:0.00}"))).ToString();
    }

    private static string Path(int number, int count) => $"/v1/users/{Inference.Shoppers.IdOf(number)}/recommendations?count={count}";

    private async Task<JsonDocument> ShelfAsync(int number, int count) => JsonDocument.Parse(await Http.GetByteArrayAsync(Path(number, count)));
}
