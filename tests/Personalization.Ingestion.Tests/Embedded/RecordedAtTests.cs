using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Time;

namespace Personalization.Ingestion.Tests;

/// <summary>An event tells when it came into the stream, so that one which came before an erasure is not taken for a new one.</summary>
public sealed class RecordedAtTests
{
    private static readonly DateTimeOffset At = new(2025, 11, 24, 16, 0, 0, 123, TimeSpan.Zero);

    [Fact]
    public async Task An_event_carries_the_time_of_its_record() => (await RecordedAtAsync(_ => { })).ShouldBe(At.ToUnixTimeMilliseconds());

    [Fact]
    public async Task Where_the_stream_moves_shop_time_it_carries_none() =>
        (await RecordedAtAsync(services => services.AddSingleton<ShopClock>(new ReplayClock(TestEvents.Time)))).ShouldBe(0);

    private static async Task<long> RecordedAtAsync(Action<IServiceCollection> services)
    {
        using var broker = EmbeddedBroker.Start("clickstream");
        var batch = new TaskCompletionSource<EventBatch>();
        var grains = new FakeGrains
        {
            BeforeAppend = (_, sent) =>
            {
                batch.TrySetResult(sent);
                return Task.CompletedTask;
            },
        };
        await using var host = await IngestionHost.StartAsync(grains, broker.Configure, services);
        using var producer = TestEvents.Producer(broker.BootstrapServers);
        var message = TestEvents.Message(TestEvents.Of("u", 1));
        message.Timestamp = new Timestamp(At);

        await producer.ProduceAsync("clickstream", message, TestContext.Current.CancellationToken);

        return (await batch.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Events.ShouldHaveSingleItem().RecordedAt;
    }
}
