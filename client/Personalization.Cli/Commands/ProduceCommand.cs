using System.CommandLine;
using Personalization.Replay;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Cli.Commands;

/// <summary><c>produce</c>: events of now into Kafka.</summary>
internal static class ProduceCommand
{
    public static Command Create()
    {
        var kafka = new KafkaArguments();
        var topic = Common.Topic();
        var file = new Argument<string>("file") { Description = "JSON lines, CSV or Parquet; - reads standard input." };
        var rows = new RowArguments();
        var command = new Command("produce", "Validates events and sends the good ones to Kafka; exit code 1 when some were refused. An event without a time happens now. For history see 'bootstrap'.")
        {
            file, topic,
        };
        kafka.AddTo(command);
        rows.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var connection = await kafka.ReadAsync(parsed, cancellationToken);
                var input = Open(parsed.GetValue(file)!, rows.Read(parsed), rows.Format(parsed), cancellationToken);
                await KafkaTopic.GetAsync(connection, parsed.GetValue(topic)!, cancellationToken);
                using var sink = new KafkaEventSink(connection, parsed.GetValue(topic)!);
                long sent = 0, refused = 0;
                await foreach (var row in input)
                {
                    if (row.Event is { } behaviorEvent)
                    {
                        await sink.SendAsync(behaviorEvent, cancellationToken);
                        sent++;
                    }
                    else
                    {
                        refused++;
                        Terminal.Warn($"row {row.Number}: {row.Reason}");
                    }
                }

                await sink.FlushAsync(cancellationToken);
                Terminal.Say($"{sent:N0} events were sent, {refused:N0} refused.");
                return refused == 0 ? ExitCodes.Ok : ExitCodes.Different;
            },
            cancellationToken));
        return command;
    }

    private static IAsyncEnumerable<EventRow> Open(string path, RowOptions options, RowFormat? format, CancellationToken cancellationToken)
    {
        var parser = new EventParser(ShopClock.Wall());
        return path == "-"
            ? EventRows.ReadAsync(Console.OpenStandardInput(), format ?? RowFormat.JsonLines, options, parser, cancellationToken: cancellationToken)
            : EventRows.ReadFileAsync(path, options, parser, format, cancellationToken: cancellationToken);
    }
}
