using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Personalization.Gateway;

/// <summary>
/// How much may be under way at the same time. Live streams last for hours, so they have a limit of their own, and so has what is written to Kafka: while that
/// is away each write waits for its delivery timeout, and shelves need no Kafka. Health must answer under load, so it has none. A limit belongs to a route,
/// not to the spelling of a path.
/// </summary>
internal static class ConcurrencyLimits
{
    /// <summary>Policy of routes that answer at once.</summary>
    public const string Requests = "requests";

    /// <summary>Policy of routes that answer when Kafka has what they write.</summary>
    public const string Writes = "writes";

    /// <summary>Policy of live streams.</summary>
    public const string LiveStreams = "live-streams";

    private const string RetryAfterSeconds = "1";

    /// <summary>Adds the policies.</summary>
    /// <param name="limiter">Where to.</param>
    /// <param name="options">The limits.</param>
    public static void Configure(RateLimiterOptions limiter, IOptions<GatewayOptions> options)
    {
        limiter.AddPolicy(Requests, _ => AtMost(options.Value.MaxConcurrentRequests));
        limiter.AddPolicy(Writes, _ => AtMost(options.Value.MaxConcurrentWrites));
        limiter.AddPolicy(LiveStreams, _ => AtMost(options.Value.MaxLiveStreams));
        limiter.OnRejected = (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            var policy = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName;
            return new ValueTask(Problems.TooMany(policy switch
            {
                LiveStreams => $"This gateway serves {options.Value.MaxLiveStreams} live streams, all it may; try again later.",
                Writes => $"This gateway works on {options.Value.MaxConcurrentWrites} writes, all it may; try again later.",
                _ => $"This gateway works on {options.Value.MaxConcurrentRequests} requests, all it may; try again later.",
            }).ExecuteAsync(context.HttpContext));
        };
    }

    private static RateLimitPartition<bool> AtMost(int permits) =>
        RateLimitPartition.GetConcurrencyLimiter(true, _ => new ConcurrencyLimiterOptions { PermitLimit = permits });
}
