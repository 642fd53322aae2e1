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
    public void StartsOver_TopicThatIsTheSameSinceTheStart_Never()
    {
        _epochs.Resolve();
        _epochs.StartsOver(0).ShouldBeFalse();
        _epochs.Resolve();
        _epochs.StartsOver(1).ShouldBeFalse();
    }

    /// <summary>Weeks after a topic was recreated, each partition that a silo had not had yet was read from its beginning.</summary>
    [Fact]
    public void StartsOver_TopicThatWasRecreated_OncePerPartitionUntilEverySiloMustHaveSeenIt()
    {
        _epochs.Resolve();
        _epochs.StartsOver(0).ShouldBeFalse();
        _epoch = "second";
        _epochs.Resolve();

        _epochs.StartsOver(0).ShouldBeTrue();
        _epochs.StartsOver(0).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(60));
        _epochs.StartsOver(1).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(11));
        _epochs.StartsOver(2).ShouldBeFalse();

        _epoch = "third";
        _epochs.Resolve();
        _epochs.StartsOver(2).ShouldBeTrue();
    }
}
