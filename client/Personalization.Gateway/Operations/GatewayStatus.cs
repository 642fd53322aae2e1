using Personalization.Operations;

namespace Personalization.Gateway;

/// <summary>What one gateway does now.</summary>
/// <param name="RequestsPerSecond">Recommendations per second.</param>
/// <param name="RecommendationLatency">In the gateway, milliseconds.</param>
internal sealed record GatewayStatus(double RequestsPerSecond, LatencySummary RecommendationLatency);
