using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace Personalization.Gateway;

/// <summary><c>GET /v1/stream</c>: server-sent events <c>churn</c> (all, or one user's) and <c>shelf</c> (one user's).</summary>
internal static class StreamEndpoint
{
    private const int BufferedEvents = 256;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stream", Get)
        .WithName("GetStream").WithTags("Live").RequireRateLimiting(ConcurrencyLimits.LiveStreams)
        .WithSummary("Server-sent events: shelf (with user=), churn. Resumes churn by Last-Event-ID, which hello has, too (at least once: warningId tells repeats); heartbeats.")
        .WithQuery(QueryParameter.User, QueryParameter.LastEventId)
        .Produces(200, contentType: "text/event-stream").ProducesProblem(400).ProducesProblem(429);

    private static IResult Get(
        HttpRequest request,
        IGrainFactory grains,
        WarningFeed warnings,
        IOptions<GatewayOptions> options,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        var query = new QueryReader(request);
        var user = query.Id(QueryParameter.User);
        var lastId = request.Headers["Last-Event-ID"].FirstOrDefault() ?? query.Text(QueryParameter.LastEventId);
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        // A stream has no end of its own: a host that stops would wait for it. The page connects again, to another gateway.
        var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        request.HttpContext.Response.RegisterForDispose(ending);
        // By default nginx keeps what is sent until it has some kilobytes of it: a shelf or a warning would come minutes late.
        request.HttpContext.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(
            EventsAsync(user, lastId, grains, warnings, options.Value, time, ending.Token));
    }

    private static async IAsyncEnumerable<SseItem<object>> EventsAsync(
        string? user,
        string? lastId,
        IGrainFactory grains,
        WarningFeed warnings,
        GatewayOptions options,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A reader that is too slow loses the oldest events, never memory. One that resumes may get all that is kept at once.
        var buffered = lastId is null ? BufferedEvents : Math.Max(BufferedEvents, options.KeptWarnings);
        var channel = Channel.CreateBounded<SseItem<object>>(new BoundedChannelOptions(buffered) { FullMode = BoundedChannelFullMode.DropOldest });
        void OnWarning(SequencedWarning entry)
        {
            // Others' warnings stay out of the channel: there they would put the heartbeat off, and push this user's events out.
            if (IsFor(user, entry))
            {
                channel.Writer.TryWrite(Sent(entry));
            }
        }

        using var listening = warnings.Listen(lastId, OnWarning, out var missed, out var begin);
        await using var watch = user is null ? null : new ShelfWatch(grains, user, shelf => channel.Writer.TryWrite(new SseItem<object>(shelf, "shelf")), time);
        if (watch is not null)
        {
            await watch.StartAsync();
        }

        // With an id at once: a stream that breaks off before its first warning resumes, too.
        yield return new SseItem<object>(new { time = time.GetUtcNow() }, "hello") { EventId = begin };
        foreach (var entry in missed.Where(entry => IsFor(user, entry)))
        {
            yield return Sent(entry);
        }

        await foreach (var item in Heartbeats.BetweenAsync(channel.Reader, options.Heartbeat, time, cancellationToken))
        {
            yield return item;
        }
    }

    private static SseItem<object> Sent(SequencedWarning entry) => new(entry.Warning, "churn") { EventId = entry.Id };

    private static bool IsFor(string? user, SequencedWarning entry) => user is null || string.Equals(user, entry.Warning.UserId, StringComparison.Ordinal);
}
