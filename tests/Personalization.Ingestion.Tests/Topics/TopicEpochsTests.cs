using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class TopicEpochsTests : ITopicIdentity
{
    private readonly FakeTimeProvider _time = new();
    private readonly TopicEpochs _epochs;
    private string _epoch = "first";

    public TopicEpochsTests() => _epochs = new TopicEpochs(this, Options.Create(new IngestionOptions()), _time, NullLogger<TopicEpochs>.Instance);

    public Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken) => Task.FromResult<TopicIdentity?>(new TopicIdentity(_epoch, 8));

    [Fact]
    public void MustStartOver_TopicThatIsTheSameSinceTheStart_Never()
    {
        _epochs.Resolve();
        _epochs.MustStartOver(0).ShouldBeFalse();
        _epochs.MarkBegun(0, "first");
        _epochs.Resolve();
        _epochs.MustStartOver(0).ShouldBeFalse();
        _epochs.MustStartOver(1).ShouldBeFalse();
    }

    /// <summary>Weeks after a topic was recreated, each partition that a silo had not had yet was read from its beginning.</summary>
    [Fact]
    public void MustStartOver_TopicThatWasRecreated_UntilItBeganOrEverySiloMustHaveSeenIt()
    {
        _epochs.Resolve();
        Recreate("second");

        _epochs.MustStartOver(0).ShouldBeTrue();
        _epochs.MarkBegun(0, "second");
        _epochs.MustStartOver(0).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(60));
        _epochs.MustStartOver(1).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(11));
        _epochs.MustStartOver(2).ShouldBeFalse();

        Recreate("third");
        _epochs.MustStartOver(2).ShouldBeTrue();
    }

    /// <summary>What this process read of the topic before may be committed in the new one: as long as it is, events up to there would never be read.</summary>
    [Fact]
    public void MustStartOver_PartitionThatWasReadBeforeAndIsNotReplacedYet_HoweverLate()
    {
        _epochs.Resolve();
        _epochs.MarkBegun(0, "first");
        Recreate("second");
        _epochs.MarkOwed(1);
        _time.Advance(TimeSpan.FromHours(1));

        _epochs.MustStartOver(0).ShouldBeTrue();
        _epochs.MustStartOver(1).ShouldBeTrue();
        _epochs.MarkBegun(0, "first");
        _epochs.MustStartOver(0).ShouldBeTrue();
        _epochs.MarkBegun(0, "second");
        _epochs.MustStartOver(0).ShouldBeFalse();
    }

    /// <summary>An answer that was on its way when the topic was recreated made the old topic the current one again: everything was read once more.</summary>
    [Fact]
    public void Resolve_AnswerThatIsOlderThanTheCurrentTopic_IsNoTopic()
    {
        _epochs.Resolve();
        Recreate("second");
        _epochs.MarkBegun(0, "second");

        _epoch = "first";
        _epochs.Resolve().ShouldBe("second");

        _epochs.Current.ShouldBe("second");
        _epochs.MustStartOver(0).ShouldBeFalse();
    }

    private void Recreate(string epoch)
    {
        _epoch = epoch;
        _epochs.Resolve();
    }
}
