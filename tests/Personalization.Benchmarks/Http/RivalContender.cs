using System.Globalization;
using System.Text.Json;
using Personalization.Benchmarks.Inference;
using Personalization.Inference;
using Personalization.Testing;
using StackExchange.Redis;

namespace Personalization.Benchmarks.Http;

/// <summary>The stateless service with Redis.</summary>
/// <param name="untuned">Whether it opens the model without any options of ONNX Runtime.</param>
internal sealed class RivalContender(bool untuned) : HttpContender, IContender
{
    private const string Server = "redis-server";

    /// <inheritdoc/>
    public string Name => untuned ? "redis, untuned" : "redis";

    /// <inheritdoc/>
    public string? MissingReason => Programs.OnPath(Server) is null ? $"{Server} is not installed (Debian: apt install {Server})." : null;

    /// <inheritdoc/>
    public async Task StartAsync(IReadOnlyList<string[]> histories, CancellationToken cancellationToken)
    {
        var redisPort = FreePort.Next();
        var port = redisPort.ToString(CultureInfo.InvariantCulture);
        Start("redis", Server, ["--port", port, "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]);
        Start("service", "dotnet", [Repository.Program("tests/Personalization.Benchmarks"), RivalCommand.Name, "--redis", port, "--urls", Url, .. untuned ? [RivalCommand.Untuned] : (string[])[]],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["ORT_DISABLE_TELEMETRY"] = "1" });
        await WaitUntilReadyAsync(cancellationToken);
        using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port}");
        var database = redis.GetDatabase();
        for (var number = 0; number < histories.Count; number++)
        {
            await database.ListLeftPushAsync(
                Shoppers.IdOf(number), [.. histories[number].Select((item, i) => (RedisValue)$"{item}|0|{i * 60_000}")]);
        }
    }

    /// <inheritdoc/>
    public async Task<Reply> RecommendAsync(int number, int count)
    {
        using var response = await Http.GetAsync($"/users/{Shoppers.IdOf(number)}/recommendations?count={count}");
        await response.Content.ReadAsByteArrayAsync();
        return new Reply(response.IsSuccessStatusCode ? Reply.Model : response.StatusCode.ToString());
    }

    /// <inheritdoc/>
    public async Task<bool> ClickThenReadAsync(int number, string itemId)
    {
        await PostAsync("/events", new { userId = Shoppers.IdOf(number), itemId, time = 3_000_000L });
        using var shelf = JsonDocument.Parse(await Http.GetByteArrayAsync($"/users/{Shoppers.IdOf(number)}/recommendations?count=10"));
        return string.Equals(shelf.RootElement.GetProperty("newest").GetString(), itemId, StringComparison.Ordinal);
    }
}
