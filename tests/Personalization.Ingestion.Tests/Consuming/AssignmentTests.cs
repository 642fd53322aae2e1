using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

public sealed class AssignmentTests : ITopicIdentity, IAsyncLifetime
{
    private readonly MockBroker _broker = new(Topics.Clickstream);
    private readonly FakeTimeProvider _time = new(TestEvents.Time);
    private readonly IConsumer<byte[]?, byte[]?> _consumer = Substitute.For<IConsumer<byte[]?, byte[]?>>();
    private readonly List<TopicPartitionOffset> _commits = [];
    private ServiceProvider _services = null!;
    private Assignment _assignment = null!;
    private string? _epoch = "first";

    public ValueTask InitializeAsync()
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton<IUserGrains>(new FakeGrains())
            .AddSingleton<ILocalUsers>(new FakeLocalUsers())
            .AddSingleton<ITopicIdentity>(this)
            .AddSingleton<TimeProvider>(_time)
            .AddPersonalizationIngestion(options => options.BootstrapServers = _broker.BootstrapServers)
            .BuildServiceProvider();
        var shared = _services.GetRequiredService<PartitionServices>();
        _assignment = new Assignment(shared.Options, Epochs, _services.GetRequiredService<LogEnds>(), shared, _time, NullLogger.Instance);
        _consumer.Committed(Arg.Any<IEnumerable<TopicPartition>>(), Arg.Any<TimeSpan>())
            .Returns(call => call.Arg<IEnumerable<TopicPartition>>().Select(partition => new TopicPartitionOffset(partition, 0)).ToList());
        _consumer.When(consumer => consumer.Commit(Arg.Any<IEnumerable<TopicPartitionOffset>>())).Do(call => _commits.AddRange(call.Arg<IEnumerable<TopicPartitionOffset>>()));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _broker.Dispose();
    }

    public Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken) => Task.FromResult(_epoch is { } epoch ? new TopicIdentity(epoch, 4) : null);

    private TopicEpochs Epochs => _services.GetRequiredService<TopicEpochs>();

    /// <summary>Weeks after a topic was recreated, a partition that was another silo's at the time was read from its beginning, over that silo's progress.</summary>
    [Fact]
    public void OnAssigned_PartitionThatWasAnothersWhenTheTopicWasRecreated_GoesOnWhereTheGroupIs()
    {
        Assign(0);
        Assign(1);
        _assignment.OnRevoked(_consumer, [1]);
        Recreate();
        _time.Advance(TimeSpan.FromHours(1));

        Assign(1).Value.ShouldBe(0);
    }

    /// <summary>The same of one that another silo got when this one had been away.</summary>
    [Fact]
    public void OnAssigned_PartitionThatWasLostToAnotherBeforeTheTopicWasRecreated_GoesOnWhereTheGroupIs()
    {
        Assign(0);
        Assign(1);
        _assignment.OnLost(_consumer, [0, 1]);
        Assign(0);
        Recreate();
        _time.Advance(TimeSpan.FromHours(1));

        Assign(1).Value.ShouldBe(0);
    }

    /// <summary>Nobody has replaced what the group committed of the topic before: events up to there would never be read.</summary>
    [Fact]
    public void OnAssigned_PartitionThatWasLostBeforeItsOffsetCouldBeReplaced_StartsOverHoweverLate()
    {
        Assign(0);
        Recreate();
        _assignment.OnLost(_consumer, [0]);
        _assignment.OnAssigned(_consumer, []).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromHours(1));

        Assign(0).ShouldBe(Offset.Beginning);
        _assignment.ReplaceOffsets(_consumer);
        _commits.ShouldHaveSingleItem().Offset.Value.ShouldBe(0);
    }

    /// <summary>A silo that did not know the topic before would have gone on behind what the group had read of it.</summary>
    [Fact]
    public void StartOver_TopicThatWasRecreated_ReplacesTheGroupsOffsetsBeforeAnotherGetsThePartitions()
    {
        Assign(0);
        Read(9);
        _assignment.IsOutdated.ShouldBeFalse();
        Recreate();
        _assignment.IsOutdated.ShouldBeTrue();

        _assignment.StartOver(_consumer);

        _commits.ShouldHaveSingleItem().Offset.Value.ShouldBe(0);
    }

    /// <summary>What was left out meanwhile would never have been read.</summary>
    [Fact]
    public async Task IsOutdated_TopicThatIsTheSameAfterAllWhenSomethingOfItWasLeftOut_StaysSo()
    {
        Assign(0);
        Read(0);
        using var watching = new CancellationTokenSource();
        var watch = Epochs.WatchAsync(watching.Token);
        _epoch = null;
        _time.Advance(_services.GetRequiredService<PartitionServices>().Options.TopicCheckInterval);
        await Wait.UntilAsync(() => Epochs.Current is null, TimeSpan.FromSeconds(30), "the topic is missed");
        _assignment.SessionOf(0, 1).ShouldBeNull();
        await watching.CancelAsync();
        await watch.ShouldThrowAsync<OperationCanceledException>();

        _epoch = "first";
        Epochs.Resolve().ShouldBe("first");

        _assignment.IsOutdated.ShouldBeTrue();
        _assignment.StartOver(_consumer);
        _commits.ShouldBeEmpty();
    }

    /// <summary>The group's progress stayed ahead of the log, so that a restart went on behind events that were never read.</summary>
    [Fact]
    public void SessionOf_LogThatLostItsTailWhileItIsRead_ReplacesTheGroupsOffset()
    {
        Assign(0);
        for (var offset = 0; offset < 10; offset++)
        {
            Read(offset);
        }

        _assignment.StoreProgress(_consumer);
        Read(3);
        _assignment.ReplaceOffsets(_consumer);

        _commits.ShouldHaveSingleItem().Offset.Value.ShouldBe(4);
        _assignment.Sessions.ShouldHaveSingleItem().OwesOffset.ShouldBeFalse();
    }

    private Offset Assign(int partition) => _assignment.OnAssigned(_consumer, [new TopicPartition(Topics.Clickstream, partition)]).ShouldHaveSingleItem().Offset;

    private void Read(long offset)
    {
        var session = _assignment.SessionOf(0, offset).ShouldNotBeNull();
        session.Open(offset, 1);
        session.Complete(offset, 1, done: true);
    }

    private void Recreate()
    {
        _epoch = "second";
        Epochs.Resolve();
    }
}
