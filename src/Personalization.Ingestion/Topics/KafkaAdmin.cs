using Confluent.Kafka;

namespace Personalization.Ingestion;

/// <summary>The silo's questions to the broker, over a connection of its own: behind a consumer's fetch that waits for records, each would take as long.</summary>
internal sealed class KafkaAdmin(KafkaClients clients) : IDisposable
{
    private readonly Lazy<IAdminClient> _client = new(clients.Admin);
    private readonly Lock _blocking = new();
    private bool _disposed;

    /// <summary>The client, for questions that do not block.</summary>
    public IAdminClient Client => _client.Value;

    /// <summary>Asks what blocks, one at a time.</summary>
    /// <param name="question">The question.</param>
    /// <typeparam name="T">Of the answer.</typeparam>
    /// <exception cref="ObjectDisposedException">The silo has stopped.</exception>
    public T Ask<T>(Func<IAdminClient, T> question)
    {
        lock (_blocking)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return question(_client.Value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A client that is asked on another thread must not go away meanwhile.
        lock (_blocking)
        {
            _disposed = true;
            if (_client.IsValueCreated)
            {
                _client.Value.Dispose();
            }
        }
    }
}
