namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Tests that share one cluster; each uses users of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
