using Microsoft.Extensions.DependencyInjection;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Placement;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>A cluster whose silos read partitions that the test deals out.</summary>
public sealed class StreamPlacementTests(StreamPlacementTests.ReadingFixture cluster) : IClassFixture<StreamPlacementTests.ReadingFixture>
{
    // Partitions that Kafka's Java client gives these keys in a topic of eight (Utils.murmur2).
    private static readonly (string User, int Partition)[] Known =
    [
        ("21", (-973932308 & 0x7fffffff) % 8),
        ("foobar", (-790332482 & 0x7fffffff) % 8),
        ("a-little-bit-long-string", (-985981536 & 0x7fffffff) % 8),
        ("a-little-bit-longer-string", (-1486304829 & 0x7fffffff) % 8),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", (-58897971 & 0x7fffffff) % 8),
        ("abc", 479470107 % 8),
    ];

    [Fact]
    public async Task A_grain_comes_to_the_silo_that_reads_its_users_clicks_and_follows_them()
    {
        cluster.Deal(partition => partition % 2);
        foreach (var (user, partition) in Known)
        {
            await ComesToAsync(user, partition % 2);
        }

        // The partitions change hands: clicks that the new readers send on bring the grains after them.
        cluster.Deal(partition => 1 - (partition % 2));
        foreach (var (user, partition) in Known)
        {
            await FollowsToAsync(user, 1 - (partition % 2));
        }
    }

    [Fact]
    public async Task A_grain_that_somebody_watched_follows_its_users_clicks_when_nobody_does_any_more()
    {
        const string user = "watched";
        cluster.Deal(_ => 0);
        await FollowsToAsync(user, 0);
        var watcher = cluster.Client.CreateObjectReference<IUserWatcher>(new Watcher());
        await cluster.User(user).Watch(watcher, new RecommendationRequest());
        await cluster.User(user).Unwatch(watcher);

        cluster.Deal(_ => 1);

        await FollowsToAsync(user, 1);
    }

    private Task FollowsToAsync(string user, int silo) => Wait.UntilAsync(
        async () =>
        {
            await cluster.UserOn(silo, user).Append(cluster.Batch(user, "i1"));
            return cluster.SiloOf(user) == silo;
        },
        $"the grain of '{user}' follows its clicks");

    private async Task ComesToAsync(string user, int silo)
    {
        await Wait.UntilAsync(() => cluster.AllKnow(user, silo), $"all silos know who reads the clicks of '{user}'");
        await cluster.UserOn(1 - silo, user).Append(cluster.Batch(user, "i1"));
        cluster.SiloOf(user).ShouldBe(silo);
    }

    public sealed class ReadingFixture : RestingFixture
    {
        private const int Partitions = 8;

        public bool AllKnow(string user, int silo) => Cluster.Silos.All(
            here => Cluster.GetSiloServiceProvider(here.SiloAddress).GetRequiredService<StreamMap>().SiloOf(user)?.Equals(Cluster.Silos[silo].SiloAddress) == true);

        public void Deal(Func<int, int> silo)
        {
            for (var i = 0; i < Cluster.Silos.Count; i++)
            {
                var reader = (Reader)Cluster.GetSiloServiceProvider(Cluster.Silos[i].SiloAddress).GetRequiredService<IStreamReader>();
                reader.Partitions = [.. Enumerable.Range(0, Partitions).Where(partition => silo(partition) == i)];
            }
        }

        protected override void ConfigureStorage(ISiloBuilder silo)
        {
            base.ConfigureStorage(silo);
            silo.Services.AddSingleton<IStreamReader>(new Reader());
        }

        private sealed class Reader : IStreamReader
        {
            public IReadOnlyCollection<int> Partitions { get; set; } = [];
        }
    }
}
