using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

public sealed class RecommendationIdsTests
{
    private static readonly DateTimeOffset Now = new(2011, 12, 9, 12, 50, 0, 123, TimeSpan.Zero);

    [Fact]
    public void An_id_is_a_version_7_uuid_of_its_time()
    {
        var id = Guid.ParseExact(RecommendationIds.New(Now), "N");

        (id.Version, id.Variant >> 2).ShouldBe((7, 2));
        Convert.ToInt64(id.ToString("N")[..12], 16).ShouldBe(Now.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Ids_of_one_millisecond_differ_and_later_ones_sort_behind()
    {
        var ids = Enumerable.Range(0, 10_000).Select(_ => RecommendationIds.New(Now)).ToHashSet(StringComparer.Ordinal);

        ids.Count.ShouldBe(10_000);
        string.CompareOrdinal(RecommendationIds.New(Now.AddMilliseconds(1)), ids.Max(StringComparer.Ordinal)).ShouldBeGreaterThan(0);
    }
}
