using System.CommandLine;
using Personalization.Replay;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Cli.Commands;

/// <summary><c>produce</c>: a file of events into Kafka.</summary>
internal static class ProduceCommand
{
    public static Command Create()
    {
        var kafka = Common.Kafka();
        var file = new Argument<string>("file") { Description = "JSON lines; - reads standard input." };
        var command = new Command("produce", "Validates events and sends the good ones to Kafka; exit code 1 when some were refused.") { file, kafka };
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var path = parsed.GetValue(file)!;
                using var input = path == "-" ? Console.In : File.OpenText(path);
                using var sink = new KafkaEventSink(parsed.GetValue(kafka)!);
                var refused = 0;
                var sent = 0;
                void Refuse(RefusedLine line)
                {
                    refused++;
                    Terminal.Warn($"line {line.Number}: {string.Join("; ", line.Errors.Select(error => $"{error.Field} {error.Code}: {error.Message}"))}");
                }

                await foreach (var behaviorEvent in JsonLines.ReadAsync(input, new EventParser(ShopClock.Wall()), Refuse, cancellationToken: cancellationToken))
                {
                    await sink.SendAsync(behaviorEvent, cancellationToken);
                    sent++;
                }

                await sink.FlushAsync(cancellationToken);
                Terminal.Say($"{sent:N0} events were sent, {refused:N0} refused.");
                return refused == 0 ? ExitCodes.Ok : ExitCodes.Different;
            },
            cancellationToken));
        return command;
    }
}
