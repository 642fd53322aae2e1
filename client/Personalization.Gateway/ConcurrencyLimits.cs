using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Personalization.Gateway;

/// <summary>
/// How much may be under way at the same time. Live streams last for hours, so they have a limit of their own; health must answer under load, so
/// it has none. A limit belongs to a route, not to the spelling of a path.
/// </summary>
internal static class ConcurrencyLimits
{
    /// <summary>Policy of routes that answer at once.</summary>
    public const string Requests = "requests";

    /// <summary>Policy of live streams.</summary>
    public const string LiveStreams = "live-streams";

    private const string RetryAfterSeconds = "1";

    /// <summary>Adds both policies.</summary>
    /// <param name="limiter">Where to.</param>
    /// <param name="options">The limits.</param>
    public static void Configure(RateLimiterOptions limiter, IOptions<GatewayOptions> options)
    {
        limiter.AddPolicy(Requests, _ => AtMost(options.Value.MaxConcurrentRequests));
        limiter.AddPolicy(LiveStreams, _ => AtMost(options.Value.MaxLiveStreams));
        limiter.OnRejected = (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            var policy = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName;
            return new ValueTask(Problems.TooMany(policy == LiveStreams
                ? $"This gateway serves {options.Value.MaxLiveStreams} live streams, all it may; try again later."
                : $"This gateway works on {options.Value.MaxConcurrentRequests} requests, all it may; try again later.").ExecuteAsync(context.HttpContext));
        };
    }

    private static RateLimitPartition<bool> AtMost(int permits) =>
        RateLimitPartition.GetConcurrencyLimiter(true, _ => new ConcurrencyLimiterOptions { PermitLimit = permits });
}
