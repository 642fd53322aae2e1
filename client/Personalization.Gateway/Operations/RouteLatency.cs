using Personalization.Operations;

namespace Personalization.Gateway;

/// <summary>Latency of the recommendation routes of this gateway, over the last ten seconds.</summary>
internal sealed class RouteLatency(TimeProvider time)
{
    private readonly SlidingWindow _window = new(time);

    public void Record(TimeSpan elapsed) => _window.Record(elapsed.TotalSeconds);

    public GatewayStatus Status() => new(Math.Round(_window.Rate(), 1), _window.Summary());
}
