using Confluent.Kafka.Admin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class MissingTopicTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>The client goes on in a new topic where it was in the one before, once that is longer, and tells nobody: its events were taken for the old one's.</summary>
    [Theory]
    [InlineData(ConsumerProtocol.Classic)]
    [InlineData(ConsumerProtocol.Consumer)]
    public async Task Clickstream_DeletedForLongerThanItsIdentityIsCheckedAndThenOutgrown_IsReadUnderItsOwnIdentityAlone(ConsumerProtocol protocol)
    {
        var topics = await kafka.TopicsAsync(partitions: 1);
        var applying = new TaskCompletionSource();
        var grains = new FakeGrains { BeforeAppend = (_, batch) => batch.Events[0].Event.EventId == "user-4-99" ? applying.Task : Task.CompletedTask };
        var looks = new CountedLooks();
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(
            grains,
            options =>
            {
                options.Protocol = protocol;
                topics.Configure(options);
                (options.TopicCheckInterval, options.MaxInFlightEvents) = (TimeSpan.FromSeconds(4), 1);
            },
            services => services.AddSingleton<KafkaTopicIdentity>().AddSingleton<ILoggerProvider>(logs).AddSingleton<ITopicIdentity>(looks.Over));
        await Wait.UntilAsync(() => host.Get<ClickstreamConsumer>().Assignment.Sessions.Count == 1, Timeout, "assigned");
        await topics.ProduceAsync(0, 100, 5);
        await Wait.UntilAsync(() => logs.Count(4061) == 1, Timeout, "nothing is fetched any more, behind the last event");

        using var admin = topics.Admin();
        await admin.DeleteTopicsAsync([topics.Clickstream]);
        await Wait.UntilAsync(() => looks.Missing > 0, Timeout, "the topic is looked for");
        await topics.CreateAsync(topics.Clickstream);
        await topics.ProduceAsync(100, 300, 5);
        applying.SetResult();

        await Wait.UntilAsync(() => topics.Committed() == 300 && OfTheCurrentTopic().Count == 300, Timeout, "the second topic is applied and committed");
        grains.Applied.ShouldBe(400);

        List<long> OfTheCurrentTopic() =>
            [.. grains.Users.SelectMany(user => user.Applied).Select(a => a.Position).Where(p => p.Epoch == host.Get<TopicEpochs>().Current).Select(p => p.Offset)];
    }

    /// <summary>A broker that has just started may not know a topic yet.</summary>
    [Fact]
    public async Task Clickstream_ThatWasMissedAndIsTheSame_IsReadOnWithoutLoss()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        var looks = new CountedLooks();
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(
            grains,
            topics.Configure,
            services => services.AddSingleton<KafkaTopicIdentity>().AddSingleton<ILoggerProvider>(logs).AddSingleton<ITopicIdentity>(looks.Over));
        await Wait.UntilAsync(() => host.Get<ClickstreamConsumer>().Assignment.Sessions.Count == 2, Timeout, "assigned");
        await topics.ProduceAsync(0, 100, 5);

        looks.MissNext();
        await Wait.UntilAsync(() => logs.Count(4043) == 1, Timeout, "the topic is missed");
        await topics.ProduceAsync(100, 100, 5);

        await Wait.UntilAsync(() => topics.Committed() == 200, Timeout, "all is committed");
        grains.Applied.ShouldBe(200);
        logs.Count(4040).ShouldBe(0);
    }

    /// <summary>The broker's answers, and how often it knew no such topic.</summary>
    private sealed class CountedLooks
    {
        private int _missing;
        private volatile bool _missNext;

        public int Missing => Volatile.Read(ref _missing);

        public void MissNext() => _missNext = true;

        public ITopicIdentity Over(IServiceProvider services) => new Looks(this, services.GetRequiredService<KafkaTopicIdentity>());

        private sealed class Looks(CountedLooks counts, KafkaTopicIdentity broker) : ITopicIdentity
        {
            public async Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken)
            {
                var found = await broker.GetAsync(topic, cancellationToken);
                if (counts._missNext)
                {
                    counts._missNext = false;
                    return null;
                }

                if (found is null)
                {
                    Interlocked.Increment(ref counts._missing);
                }

                return found;
            }
        }
    }
}
