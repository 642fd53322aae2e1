using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests.Configuration;

public sealed class KafkaClientsTests
{
    // confluent-kafka-dotnet#1994: a client has no name yet when its first message is told, on a thread of librdkafka's own, where an exception ends the process.
    [Fact]
    public async Task Clients_OfABrokerThatRefusesAtOnce_SayWhoTheyAre()
    {
        var log = new CollectingLogger();
        var clients = new KafkaClients(Options.Create(new IngestionOptions { BootstrapServers = $"127.0.0.1:{ClosedPort()}" }), log);

        for (var round = 0; round < 20; round++)
        {
            using var producer = clients.Producer();
            using var reader = clients.Reader();
            using var clickstream = clients.Clickstream().Build();
            using var admin = clients.Admin();
            await Task.Delay(5);
        }

        log.Lines.ShouldContain(line => line.Contains("Kafka client rdkafka#producer-", StringComparison.Ordinal));
    }

    /// <summary>A topic that the broker makes by the way is not compacted, and has the broker's number of partitions.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Clients_AskingForATopicThatIsMissing_DoNotHaveTheBrokerMakeIt(bool createTopics)
    {
        using var broker = new MockBroker();
        var options = new IngestionOptions { BootstrapServers = broker.BootstrapServers, CreateTopics = createTopics };
        var clients = new KafkaClients(Options.Create(options), NullLogger<KafkaClients>.Instance);
        using var producer = clients.Producer();
        using var reader = clients.Reader();
        using var clickstream = clients.Clickstream().Build();
        using var admin = clients.Admin();

        foreach (var client in new IClient[] { producer, reader, clickstream, admin })
        {
            using var asking = new DependentAdminClientBuilder(client.Handle).Build();
            asking.GetMetadata("missing", TimeSpan.FromSeconds(10)).Topics.Single().Error.Code.ShouldBe(Confluent.Kafka.ErrorCode.UnknownTopicOrPart, client.Name);
        }
    }

    [Theory]
    [InlineData(nameof(IngestionOptions.Settings), "Clickstream Reader Producer Admin")]
    [InlineData(nameof(IngestionOptions.ConsumerSettings), "Clickstream Reader")]
    [InlineData(nameof(IngestionOptions.ProducerSettings), "Producer")]
    public void Settings_ThatNoClientHas_AreRefusedByTheClientsTheyAreFor(string settings, string refusing)
    {
        var options = new IngestionOptions();
        ((Dictionary<string, string>)typeof(IngestionOptions).GetProperty(settings)!.GetValue(options)!).Add("no.such.setting", "1");
        var clients = new KafkaClients(Options.Create(options), new CollectingLogger());
        var makers = new Dictionary<string, Func<IClient>>
        {
            ["Clickstream"] = () => clients.Clickstream().Build(),
            ["Reader"] = clients.Reader,
            ["Producer"] = () => clients.Producer(),
            ["Admin"] = clients.Admin,
        };

        makers.Where(maker => Refuses(maker.Value)).Select(maker => maker.Key).ShouldBe(refusing.Split(' '));

        static bool Refuses(Func<IClient> make)
        {
            try
            {
                make().Dispose();
                return false;
            }
            catch (InvalidOperationException e)
            {
                return e.Message.Contains("no.such.setting", StringComparison.Ordinal);
            }
        }
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class CollectingLogger : ILogger<KafkaClients>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
