using System.CommandLine;
using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary><c>replay</c>: the shop of 2011 into Kafka.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var kafka = new KafkaArguments();
        var gateway = new GatewayArguments(new Option<Uri?>("--url") { Description = "Gateway through which the catalogue is filled first; left out: the catalogue is left alone.", CustomParser = Common.ParseUrl });
        var dataset = Common.Dataset();
        var rate = Common.Rate("Events per second; 0: as fast as Kafka takes them.", 500);
        var wait = Durations.Option("--wait", "How long it waits for a gateway that is still starting; 0s: not at all.", TimeSpan.FromMinutes(1));
        var cancellations = new Option<bool>("--include-cancellations") { Description = "Replays cancellations, too." };
        var command = new Command("replay", "Replays the Online Retail data into Kafka. Example: replay --bootstrap-servers localhost:9092 --url http://127.0.0.1:8080 --rate 500")
        {
            dataset, rate, wait, cancellations,
        };
        kafka.AddTo(command);
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var folder = parsed.GetValue(dataset)!;
                var events = OnlineRetailDataset.Load(folder, new OnlineRetailOptions { IncludeCancellations = parsed.GetValue(cancellations) });
                var connection = await kafka.ReadAsync(parsed, cancellationToken);
                if (gateway.Url(parsed) is not null)
                {
                    using var http = gateway.Open(parsed);
                    var client = new HttpPersonalizationClient(http);
                    await new GatewayStart(client, TimeProvider.System).WaitAsync(parsed.GetValue(wait), new Reporter<string>(Terminal.Warn), cancellationToken);
                    await FillCatalogueAsync(client, Path.Combine(folder, OnlineRetailDataset.ItemsFile), cancellationToken);
                }

                await KafkaTopic.GetAsync(connection, Topics.Clickstream, cancellationToken);
                using var sink = new KafkaEventSink(connection);
                var perSecond = parsed.GetValue(rate);
                var replayer = new Replayer(sink, perSecond > 0 ? perSecond : double.PositiveInfinity);
                try
                {
                    await Terminal.ProgressAsync("events", events.Count, progress => replayer.RunAsync(
                        (IEnumerable<BehaviorEvent>)events, new Reporter<ReplayProgress>(report => progress.Report(report.Sent)), cancellationToken));
                    await sink.FlushAsync(cancellationToken);
                }
                finally
                {
                    Terminal.Say($"{sink.Delivered:N0} of {events.Count:N0} events are in Kafka.");
                }

                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static Task FillCatalogueAsync(HttpPersonalizationClient client, string file, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            ItemFile.ReadAsync(file, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken },
            async (item, token) => await client.PutItemAsync(item, token));
}
