using Microsoft.Extensions.DependencyInjection;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>At least once, in order, whatever happens to consumers and broker; the grains make it once.</summary>
public sealed class DeliveryTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Stop_WithAnOpenEvent_CommitsUpToItAndTheNextConsumerGoesOnThere()
    {
        var topics = await kafka.TopicsAsync(partitions: 1);
        var grains = new FakeGrains();
        var stuck = new TaskCompletionSource();
        grains.BeforeAppend = (userId, _) => userId == "user-3" ? stuck.Task : Task.CompletedTask;
        await using (var first = await IngestionHost.StartAsync(grains, options =>
        {
            topics.Configure(options);
            options.DrainTimeout = TimeSpan.Zero;
        }))
        {
            await topics.ProduceAsync(0, 1_000, 10);
            await Wait.UntilAsync(() => grains.Applied == 900, Timeout, "all but one user are served");
            await Wait.UntilAsync(() => topics.Committed() == 3, Timeout, "the commit stands before the open event");
            await first.StopAsync();
        }

        topics.Committed().ShouldBe(3);
        grains.BeforeAppend = (_, _) => Task.CompletedTask;
        stuck.SetException(new TimeoutException("the store was gone"));
        await using var second = await IngestionHost.StartAsync(grains, topics.Configure);
        await Wait.UntilAsync(() => topics.Committed() == 1_000, Timeout, "everything is committed");
        ShouldHoldEach(grains, 1_000, 10);
    }

    [Fact]
    public async Task Lost_AfterItWasAppliedAndBeforeItWasStored_ThePartitionIsReadAgainInOrder()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        var users = new LossyUsers(grains, 3, 40, 41, 90);
        await using var host = await IngestionHost.StartAsync(
            grains,
            options =>
            {
                topics.Configure(options);
                options.MaxPollEvents = 100;
            },
            services => services.AddSingleton<ILocalUsers>(users));
        await topics.ProduceAsync(0, 3_000, 10);

        await Wait.UntilAsync(() => topics.Committed() == 3_000, Timeout, "everything is committed");

        users.Lost.ShouldBe(4);
        ShouldHoldEach(grains, 3_000, 10);
        host.Get<InFlightBudget>().Events.ShouldBe(0);
    }

    [Fact]
    public async Task Offsets_SetBackByAnOperator_AreReadAgainAndNothingIsAppliedTwice()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        await using (await IngestionHost.StartAsync(grains, topics.Configure))
        {
            await topics.ProduceAsync(0, 500, 10);
            await Wait.UntilAsync(() => topics.Committed() == 500, Timeout, "everything is committed");
        }

        await topics.SetProgressAsync(0);
        await topics.ProduceAsync(500, 100, 10);
        await using var second = await IngestionHost.StartAsync(grains, topics.Configure);

        await Wait.UntilAsync(() => topics.Committed() == 600, Timeout, "everything is committed again");
        grains.Users.Sum(user => user.Duplicates).ShouldBe(500);
        ShouldHoldEach(grains, 600, 10);
    }

    [Theory]
    [InlineData(ConsumerProtocol.Classic)]
    [InlineData(ConsumerProtocol.Consumer)]
    public async Task Rebalance_ConsumersJoinAndLeaveWhileProducing_NothingIsMissing(ConsumerProtocol protocol)
    {
        var topics = await kafka.TopicsAsync();
        var grains = new FakeGrains { BeforeAppend = async (_, _) => await Task.Yield() };
        var first = await StartAsync();
        const int Events = 20_000;
        var producing = Task.Run(async () =>
        {
            for (var n = 0; n < Events; n += 1_000)
            {
                await topics.ProduceAsync(n, 1_000, 100);
            }
        });
        await Wait.UntilAsync(() => Partitions(first) == 4, Timeout, "the first has all partitions");
        var second = await StartAsync();
        await Wait.UntilAsync(() => Partitions(second) > 0 && Partitions(first) + Partitions(second) == 4, Timeout, "both share");
        await first.DisposeAsync();
        await Wait.UntilAsync(() => Partitions(second) == 4, Timeout, "the second takes over");
        first = await StartAsync();
        await Wait.UntilAsync(() => Partitions(first) > 0, Timeout, "the first is back");
        await producing;
        await Wait.UntilAsync(() => topics.Committed() == Events, Timeout, "everything is committed");
        await first.DisposeAsync();
        await second.DisposeAsync();
        ShouldHoldEach(grains, Events, 100);

        Task<IngestionHost> StartAsync() => IngestionHost.StartAsync(grains, options =>
        {
            options.Protocol = protocol;
            topics.Configure(options);
        });
    }

    [Fact]
    public async Task Broker_KilledAndRestarted_NothingIsMissing()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var server = await KafkaServer.StartAsync();
        var topics = new KafkaTopics(server, "crash", 2);
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await Wait.UntilAsync(() => Partitions(host) == 2, Timeout, "assigned");
        await topics.ProduceAsync(0, 1_000, 10);
        await Wait.UntilAsync(() => grains.Applied == 1_000, Timeout, "the first half is applied");
        await server.KillAsync();
        await server.StartAgainAsync();
        await topics.ProduceAsync(1_000, 1_000, 10);
        await Wait.UntilAsync(() => topics.Committed() == 2_000, Timeout, "everything is committed");
        ShouldHoldEach(grains, 2_000, 10);

        await server.KillAsync();
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(25), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Refused_LargerThanTheDeadLetterTopicTakes_IsCutAndTheStreamGoesOn()
    {
        var topics = await kafka.TopicsAsync();
        await topics.CreateAsync(topics.DeadLetter, new() { ["max.message.bytes"] = "100000" });
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await Wait.UntilAsync(() => Partitions(host) == 4, Timeout, "assigned");
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        await producer.ProduceAsync(topics.Clickstream, TestEvents.Message("k", new byte[300_000]), TestContext.Current.CancellationToken);
        await topics.ProduceAsync(0, 10, 2);
        var letter = TopicReader.Read(topics.BootstrapServers, topics.DeadLetter, 1).Single();
        letter.Message.Value!.Length.ShouldBe(DeadLetter.KeptBytes);
        System.Text.Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes("error.truncated")).ShouldBe("300000");
        await Wait.UntilAsync(() => topics.Committed() == 11, Timeout, "everything is committed");
        grains.Applied.ShouldBe(10);
    }

    [Theory]
    [InlineData(150_000, 10, 1)]
    [InlineData(10, 10, 150_000)]
    [InlineData(150_000, 300_000, 150_000)]
    public async Task Refused_TooLargeByItsKeyOrHeaders_LosesThemAndTheStreamGoesOn(int keyBytes, int valueBytes, int headerBytes)
    {
        var topics = await kafka.TopicsAsync();
        await topics.CreateAsync(topics.DeadLetter, new() { ["max.message.bytes"] = "60000" });
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await Wait.UntilAsync(() => Partitions(host) == 4, Timeout, "assigned");
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        var message = TestEvents.Message(new string('k', keyBytes), new byte[valueBytes]);
        message.Headers.Add("theirs", new byte[headerBytes]);
        await producer.ProduceAsync(topics.Clickstream, message, TestContext.Current.CancellationToken);
        await topics.ProduceAsync(0, 10, 2);

        var letter = TopicReader.Read(topics.BootstrapServers, topics.DeadLetter, 1).Single();

        letter.Message.Key!.Length.ShouldBe(Math.Min(keyBytes, 512));
        letter.Message.Value!.Length.ShouldBe(valueBytes == 10 ? 10 : 1_024);
        letter.Message.Headers.TryGetLastBytes("theirs", out _).ShouldBeFalse();
        letter.Message.Headers.Count(header => header.Key.StartsWith("error.", StringComparison.Ordinal))
            .ShouldBe(4 + (keyBytes > 512 ? 1 : 0) + (valueBytes > 10 ? 1 : 0));
        System.Text.Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes("source.topic")).ShouldBe(topics.Clickstream);
        await Wait.UntilAsync(() => topics.Committed() == 11, Timeout, "everything is committed");
        grains.Applied.ShouldBe(10);
    }

    private static int Partitions(IngestionHost host) => host.Get<ClickstreamConsumer>().Assignment.Sessions.Count;

    private static void ShouldHoldEach(FakeGrains grains, int events, int users)
    {
        grains.Users.Count.ShouldBe(users);
        foreach (var user in grains.Users)
        {
            var first = int.Parse(user.UserId[5..]);
            user.Applied.Select(a => a.Event.EventId)
                .ShouldBe(Enumerable.Range(0, events / users).Select(n => $"{user.UserId}-{first + (n * users)}"), user.UserId);
        }
    }
}
