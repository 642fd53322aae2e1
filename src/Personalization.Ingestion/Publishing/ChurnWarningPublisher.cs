using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Options;
using Personalization.Churn;

namespace Personalization.Ingestion;

/// <summary>Writes churn warnings to their topic, key = user id.</summary>
internal sealed class ChurnWarningPublisher(KafkaPublisher publisher, IOptions<IngestionOptions> options) : IChurnWarningSink
{
    /// <inheritdoc/>
    public Task PublishAsync(ChurnWarning warning, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(warning);
        var message = new Message<byte[]?, byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(warning.UserId),
            Value = JsonSerializer.SerializeToUtf8Bytes(warning, PersonalizationJson.Options),
        };
        return publisher.PublishAsync(options.Value.ChurnWarningsTopic, message, cancellationToken);
    }
}
