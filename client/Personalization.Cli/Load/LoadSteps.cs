using Personalization.Client;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Cli.Load;

/// <summary>The single requests that trials are made of, each measured.</summary>
/// <param name="client">The gateway.</param>
/// <param name="options">What to ask.</param>
/// <param name="clock">Time of the run.</param>
/// <param name="shopStart">Shop time at the beginning: under a replay the shop lives in the past, and its own clock dates the clicks.</param>
/// <param name="recorder">Takes the measurements.</param>
internal sealed class LoadSteps(IPersonalizationClient client, LoadOptions options, LoadClock clock, DateTimeOffset shopStart, LoadRecorder recorder)
{
    public LoadRecorder Recorder => recorder;

    /// <summary>Runs a trial: its time counts from when it was due, and a failed one counts, too.</summary>
    /// <param name="due">When it was due.</param>
    /// <param name="trial">What it is.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task TrialAsync(TimeSpan due, Func<Task> trial, CancellationToken cancellationToken)
    {
        recorder.Add("generator", clock.Elapsed - due);
        try
        {
            await trial();
        }
        catch (Exception exception) when (KindOf(exception, cancellationToken) is { } kind)
        {
            recorder.Fail(kind);
        }

        recorder.Add(LoadRecorder.Total, clock.Elapsed - due);
    }

    /// <summary>An event, then the shelf that must know it.</summary>
    /// <param name="user">The shopper.</param>
    /// <param name="item">The item.</param>
    /// <param name="type">What is done.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The shelf.</returns>
    public async Task<RecommendationResponse> ClickAsync(string user, string item, EventType type, CancellationToken cancellationToken)
    {
        var began = clock.Elapsed;
        var click = new BehaviorEvent { EventId = Guid.NewGuid().ToString("N"), UserId = user, ItemId = item, Type = type, Timestamp = shopStart + began };
        var version = await client.TrackAsync(click, cancellationToken);
        recorder.Add("event", clock.Elapsed - began);
        return await ShelfAsync(user, version, cancellationToken);
    }

    /// <summary>A shelf.</summary>
    /// <param name="user">The shopper.</param>
    /// <param name="version">What it must know, or null.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The shelf.</returns>
    public async Task<RecommendationResponse> ShelfAsync(string user, string? version, CancellationToken cancellationToken)
    {
        var began = clock.Elapsed;
        var request = new RecommendationRequest { Count = options.Count, MinVersion = version, Timeout = options.Timeout };
        var shelf = await client.RecommendAsync(user, request, cancellationToken);
        recorder.Add("shelf", clock.Elapsed - began);
        recorder.Answered(Name(shelf.Source), shelf.FallbackReason is { } reason ? Name(reason) : null, shelf.Stale || (version is not null && IsOlder(shelf.Version, version)));
        return shelf;
    }

    /// <summary>An order.</summary>
    /// <param name="user">The shopper.</param>
    /// <param name="items">The items.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RankAsync(string user, string[] items, CancellationToken cancellationToken)
    {
        var began = clock.Elapsed;
        var order = await client.RankAsync(user, new RankRequest { ItemIds = items, Timeout = options.Timeout }, cancellationToken);
        recorder.Add("rank", clock.Elapsed - began);
        recorder.Answered(order.FallbackReason is null ? "model" : "callers_order", order.FallbackReason is { } reason ? Name(reason) : null, order.Stale);
    }

    /// <summary>What a failure is called; null for a fault of this program or when it is stopped.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The name.</returns>
    internal static string? KindOf(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        _ when cancellationToken.IsCancellationRequested => null,
        PersonalizationApiException api => $"http_{(int)api.Status}",
        HttpRequestException http => http.HttpRequestError == HttpRequestError.Unknown ? "connection" : $"connection_{http.HttpRequestError}",
        TimeoutException or OperationCanceledException => "timeout",
        IOException => "connection",
        _ => null,
    };

    /// <summary>Whether an answer was made from an older state than a version of the same stream.</summary>
    /// <param name="answered">The answer's version, or null.</param>
    /// <param name="wanted">The version it was asked to know.</param>
    /// <returns>Whether it is older.</returns>
    internal static bool IsOlder(string? answered, string wanted) =>
        !StreamPosition.TryParse(wanted, out var want)
        || !StreamPosition.TryParse(answered, out var had)
        || (had.Epoch == want.Epoch && had.Partition == want.Partition && had.Offset < want.Offset);

    private static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
