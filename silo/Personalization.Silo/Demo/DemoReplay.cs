using Personalization.Client;
using Personalization.Ingestion;
using Personalization.Replay;
using Personalization.Time;
using Personalization.Users;

namespace Personalization.Silo.Demo;

/// <summary>Fills the catalogue, then replays real shoppers, and says where the shop is.</summary>
internal sealed partial class DemoReplay(
    DemoOptions options,
    DemoReplaySource source,
    DataDirectory data,
    EmbeddedBroker broker,
    IStreamProducer stream,
    IStreamReader reader,
    ReplayClock clock,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<DemoReplay> logger) : BackgroundService
{
    private const int ItemsAtOnce = 500;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AssignmentCheck = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await SendItemsAsync(stoppingToken);
            await UntilClicksAreReadAsync(stoppingToken);
            Console.WriteLine();
            Console.WriteLine($"  The shop is open:     {options.Urls}/");
            Console.WriteLine($"  The operator's view:  {options.Urls}/ops");
            Console.WriteLine($"  The API:              {options.Urls}/docs");
            Console.WriteLine("  Ctrl+C closes it.");
            Console.WriteLine();
            await ReplayAsync(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception);
            lifetime.StopApplication();
        }
    }

    private async Task SendItemsAsync(CancellationToken cancellationToken)
    {
        var sending = new List<Task>(ItemsAtOnce);
        await foreach (var item in ItemFile.ReadAsync(source.ItemsFile, cancellationToken))
        {
            sending.Add(stream.PutItemAsync(item, cancellationToken));
            if (sending.Count == ItemsAtOnce)
            {
                await Task.WhenAll(sending);
                sending.Clear();
            }
        }

        await Task.WhenAll(sending);
    }

    // The broker gives its consumers some three seconds to come together; a click before that waits.
    private async Task UntilClicksAreReadAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(AssignmentCheck, time);
        while (reader.Partitions.Count == 0)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private async Task ReplayAsync(CancellationToken stoppingToken)
    {
        if (options.Rate <= 0)
        {
            return;
        }

        using var sink = new KafkaEventSink(broker.BootstrapServers);
        var replayer = new Replayer(sink, options.Rate, clock, time);
        var last = time.GetTimestamp();
        var progress = new Reporter<ReplayProgress>(report =>
        {
            if (time.GetElapsedTime(last) > ProgressInterval)
            {
                last = time.GetTimestamp();
                LogProgress(source.Position + report.Sent, source.Events.Count, clock.GetUtcNow());
            }
        });
        try
        {
            await replayer.RunAsync(source.Events.Skip((int)source.Position), progress, stoppingToken);
            LogEnded();
        }
        finally
        {
            data.WritePosition(source.Position + replayer.Sent);
        }
    }

    [LoggerMessage(9000, LogLevel.Information, "Replayed {Sent} of {Total} events; in the shop it is {ShopTime:u}")]
    private partial void LogProgress(long sent, int total, DateTimeOffset shopTime);

    [LoggerMessage(9001, LogLevel.Information, "The replay is at its end; the shop stays open")]
    private partial void LogEnded();

    [LoggerMessage(9002, LogLevel.Critical, "The replay failed; the demo stops")]
    private partial void LogFailed(Exception exception);
}
