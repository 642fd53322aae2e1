using System.ComponentModel.DataAnnotations;

namespace Personalization.Gateway;

/// <summary>Limits of the HTTP API. Section <c>Personalization:Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Personalization:Gateway";

    /// <summary>Events per request. Default 1,000.</summary>
    [Range(1, 10_000)]
    public int MaxEvents { get; set; } = 1_000;

    /// <summary>Bytes of a body. Default 1 MiB.</summary>
    [Range(1_024, 64 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Requests at the same time, writes and live streams aside; one more is answered 429. Default 2,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentRequests { get; set; } = 2_000;

    /// <summary>Requests that write events or items to Kafka, at the same time; one more is answered 429. Default 2,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentWrites { get; set; } = 2_000;

    /// <summary>Live streams at the same time; one more is answered 429. Default 5,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxLiveStreams { get; set; } = 5_000;

    /// <summary>
    /// Other origins whose pages may change things here, as a browser sends them (<c>https://shop.example</c>): those that a proxy in front lets in, or
    /// under which it shows this gateway with another host. Default none.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>
    /// Header in which the proxy names the session's user (UTF-8), for instance <c>X-User-Id</c>: each event of a request that carries it must be of that user.
    /// A request without it is the shop's own and may send anybody's, so the proxy sets it for every page. Default none.
    /// </summary>
    public string? UserHeader { get; set; }

    /// <summary>Time between two heartbeats of the live stream. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Churn warnings kept for resuming streams and for the operator. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int KeptWarnings { get; set; } = 1_000;
}
