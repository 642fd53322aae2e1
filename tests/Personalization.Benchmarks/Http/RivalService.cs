using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Inference.Encoding;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;
using Personalization.Inference.Retrieval;
using Personalization.Testing;
using StackExchange.Redis;

namespace Personalization.Benchmarks.Http;

/// <summary>
/// What a team would build instead: no state of its own, the history from Redis (one list a user, newest first), one run of the same model for each
/// request, the same encoding and top-K. A click is one push and one trim.
/// </summary>
internal static class RivalService
{
    private const int Pool = 30;

    /// <summary>Serves until it is stopped.</summary>
    /// <param name="redisPort">Port of Redis.</param>
    /// <param name="urls">Address to listen on.</param>
    /// <param name="untuned">Whether to open the model without any options of ONNX Runtime.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Exit code.</returns>
    public static async Task<int> RunAsync(int redisPort, string urls, bool untuned, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(urls);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using var app = builder.Build();
        using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redisPort}");
        var database = redis.GetDatabase();
        var package = ModelPackageLoader.Load(Path.Combine(Repository.Root, "models", "packages", "online-retail", "1"));
        var kept = package.Manifest.MaxLength;
        using var plain = new Microsoft.ML.OnnxRuntime.SessionOptions();
        using IModelRunner runner = untuned
            ? new OnnxModelRunner(package, plain)
            : new OnnxModelRunnerFactory(Options.Create(new InferenceOptions()), NullLogger<OnnxModelRunnerFactory>.Instance).Open(package);
        using var model = new Model(package, runner);
        app.MapGet("/health/ready", () => "ready");
        app.MapPost("/events", async (RivalEvent click) =>
        {
            var push = database.ListLeftPushAsync(click.UserId, $"{click.ItemId}|{(byte)EventType.Click}|{click.Time}");
            await database.ListTrimAsync(click.UserId, 0, kept - 1, CommandFlags.FireAndForget);
            return Results.Ok(await push);
        });
        app.MapGet("/users/{userId}/recommendations", async (string userId, int count) =>
        {
            var history = await database.ListRangeAsync(userId, 0, kept - 1);
            return model.Recommend(userId, history, count);
        });
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    /// <summary>A click.</summary>
    internal sealed record RivalEvent(string UserId, string ItemId, long Time);

    /// <summary>A place of the shelf.</summary>
    internal sealed record RivalItem(string ItemId, float Score);

    /// <summary>A shelf.</summary>
    internal sealed record RivalShelf(string UserId, string? Newest, float Churn, RivalItem[] Items);

    private sealed class Model(ModelPackage package, IModelRunner runner) : IDisposable
    {
        private readonly SequenceEncoder _encoder = new(package);
        private readonly EligibilityIndex _eligibility = new(package.Vocabulary, new ItemCatalog());
        private readonly LengthBuckets _buckets = new(package.Manifest.MaxLength);
        private readonly ConcurrentBag<Lane> _free = [];

        public RivalShelf Recommend(string userId, RedisValue[] history, int count)
        {
            var request = Read(history);
            var lane = _free.TryTake(out var free) ? free : new Lane(package, runner);
            _encoder.Encode(request, lane.Sequence);
            var length = _buckets[_buckets.Of(lane.Sequence.Length)];
            lane.Sequence.Write(lane.Slot.Buffers, 0, length);
            lane.Slot.Run(1, length);
            var excluded = Array.ConvertAll(request.ItemIds, package.Vocabulary.IndexOf);
            var found = lane.Selector.Select(lane.Slot.Buffers.Scores, new Selection(_eligibility.Current(), [], excluded, count), lane.Best, lane.Scores);
            var items = new RivalItem[found];
            for (var i = 0; i < found; i++)
            {
                items[i] = new RivalItem(package.Vocabulary[lane.Best[i]], lane.Scores[i]);
            }

            var shelf = new RivalShelf(userId, request.ItemIds.LastOrDefault(), lane.Slot.Buffers.Churn[0], items);
            _free.Add(lane);
            return shelf;
        }

        public void Dispose()
        {
            foreach (var lane in _free)
            {
                lane.Slot.Dispose();
            }
        }

        private static InferenceRequest Read(RedisValue[] history)
        {
            var (items, types, times) = (new string[history.Length], new EventType[history.Length], new long[history.Length]);
            for (var i = 0; i < history.Length; i++)
            {
                var parts = history[history.Length - 1 - i].ToString().Split('|');
                (items[i], types[i], times[i]) = (parts[0], (EventType)byte.Parse(parts[1]), long.Parse(parts[2]));
            }

            return new InferenceRequest { ItemIds = items, Types = types, Timestamps = times, Now = times.LastOrDefault() };
        }

        private sealed class Lane(ModelPackage package, IModelRunner runner)
        {
            public EncodedSequence Sequence { get; } = new(package.Manifest.MaxLength, package.Manifest.Totals.Length);

            public IModelSlot Slot { get; } = runner.CreateSlot(1);

            public CandidateSelector Selector { get; } = new(package.Vocabulary.Width);

            public int[] Best { get; } = new int[Pool];

            public float[] Scores { get; } = new float[Pool];
        }
    }
}
