using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Events;
using Personalization.Telemetry;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests.Publishing;

public sealed class DeadLetterPublisherTests
{
    /// <summary>A dead-letter topic that cannot be written stops every partition, and nothing counted it.</summary>
    [Fact]
    public async Task PublishAsync_TopicThatCannotBeWritten_CountsEachTryAndLogsOneASecond()
    {
        const int failures = 20;
        using var broker = new MockBroker(Topics.DeadLetter);
        using var logs = new CollectedLogs();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(logs))
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddPersonalizationIngestion(options =>
            {
                options.BootstrapServers = broker.BootstrapServers;
                options.RetryDelay = options.MaxRetryDelay = TimeSpan.FromMilliseconds(1);
            })
            .BuildServiceProvider();
        var (retries, meters) = (0L, services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == TelemetryNames.IngestionRetries && instrument.Meter.Scope == meters)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            tags.ToArray().ShouldBe([new("target", "dead_letter")]);
            Interlocked.Add(ref retries, value);
        });
        listener.Start();
        broker.DenyBatches(failures);
        var watch = Stopwatch.StartNew();

        var written = await services.GetRequiredService<DeadLetterPublisher>().PublishAsync(
            0, 7, new Message<byte[]?, byte[]?> { Value = "no event"u8.ToArray() }, new FieldError("", "not_json", "No."), TestContext.Current.CancellationToken);

        written.ShouldBeTrue();
        Interlocked.Read(ref retries).ShouldBe(failures);
        logs.Count(4022).ShouldBeInRange(1, 1 + (int)watch.Elapsed.TotalSeconds);
    }
}
