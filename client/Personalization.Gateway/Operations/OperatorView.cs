using Personalization.Churn;
using Personalization.Operations;

namespace Personalization.Gateway;

/// <summary>Answer of <c>GET /v1/ops</c>: the cluster, this gateway and the latest warnings.</summary>
internal sealed record OperatorView(
    DateTimeOffset Time,
    DateTimeOffset ShopTime,
    Personalization.Operations.SiloStatus[] Silos,
    int Silent,
    GatewayStatus Gateway,
    IReadOnlyList<ChurnWarning> RecentWarnings);
