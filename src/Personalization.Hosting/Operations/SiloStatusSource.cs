using Personalization.Catalog;
using Personalization.Hosting;
using Personalization.Inference;

namespace Personalization.Operations;

/// <summary>Puts a silo's status together from its instruments and its parts.</summary>
internal sealed class SiloStatusSource(
    InstrumentReader instruments,
    ILocalSiloDetails silo,
    IItemCatalog catalog,
    IModelStatusSource model,
    ClusterMembershipOptions cluster) : ISiloStatusSource
{
    public SiloStatus GetStatus() => new()
    {
        Name = silo.Name,
        Address = silo.SiloAddress.ToString(),
        Roles = RoleNames(cluster.Roles),
        Model = model.GetStatus(),
        ActiveUsers = (int)instruments.ActiveUsers,
        CatalogItems = catalog.Count,
        EventsPerSecond = Math.Round(instruments.EventRate.Rate(), 1),
        Events = instruments.Events,
        DeadLetters = instruments.DeadLetters,
        ConsumerLag = instruments.Lag(),
        RecommendationsPerSecond = Math.Round(instruments.Recommendations.Rate(), 1),
        RecommendationLatency = instruments.Recommendations.Summary(),
        RecommendationsBySource = instruments.Sources,
        BatchesPerSecond = Math.Round(instruments.Batches.Rate(), 1),
        BatchSizes = instruments.Batches.Counts(),
        InferenceLatency = instruments.Runs.Summary(),
        ChurnWarnings = instruments.Warnings,
    };

    private static string[] RoleNames(SiloRoles roles) =>
        [.. new[] { SiloRoles.Users, SiloRoles.Ingestion, SiloRoles.Inference }.Where(role => roles.HasFlag(role)).Select(role => role.ToString().ToLowerInvariant())];
}
