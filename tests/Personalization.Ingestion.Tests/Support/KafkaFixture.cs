using Personalization.Ingestion.Tests;
using Personalization.Testing;

[assembly: AssemblyFixture(typeof(KafkaFixture))]

namespace Personalization.Ingestion.Tests;

/// <summary>One real broker for all tests, started by the first that needs it; tests keep apart by topic and group.</summary>
public sealed class KafkaFixture : IAsyncDisposable
{
    private readonly Lazy<Task<KafkaServer>> _server = new(KafkaServer.StartAsync);
    private int _number;

    /// <summary>A test's own topics and group on the broker; skips the test where there is no broker to start.</summary>
    internal async Task<KafkaTopics> TopicsAsync(int partitions = 4)
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        var server = await _server.Value;
        return new KafkaTopics(server, $"t{Interlocked.Increment(ref _number)}", partitions);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}
