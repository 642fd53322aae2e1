using System.CommandLine;
using Personalization.Events;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary><c>generate</c>: made-up shoppers into Kafka or a file.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var kafka = new KafkaArguments();
        var topic = Common.Topic();
        var output = new Option<string?>("--output") { Description = "Writes JSON lines to a file (packed when it ends with .gz; - is standard output) instead of Kafka." };
        var rate = Common.Rate("Messages per second; 0: as fast as they are taken.", 0);
        var workload = new WorkloadArguments();
        var command = new Command("generate", "Makes a synthetic click stream: skewed users and items, visits, producers' retries, events out of order. Example: generate --events 1000000 --users 50000 --retries 0.02 --late 0.05 --bootstrap-servers localhost:9092")
        {
            topic, output, rate,
        };
        kafka.AddTo(command);
        workload.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var span = parsed.GetValue<TimeSpan>("--span");
                var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
                var stream = await workload.ReadAsync(parsed, now - span, cancellationToken);
                var perSecond = parsed.GetValue(rate);
                var started = TimeProvider.System.GetTimestamp();
                var sent = parsed.GetValue(output) is { } file
                    ? await WriteAsync(stream, file, perSecond, cancellationToken)
                    : await ProduceAsync(stream, await kafka.ReadAsync(parsed, cancellationToken), parsed.GetValue(topic)!, perSecond, cancellationToken);
                var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
                Terminal.Warn($"{sent:N0} messages ({stream.Options.Events:N0} events, {sent - stream.Options.Events:N0} of them twice) in {seconds:0.0} s: {sent / seconds:N0}/s.");
                Terminal.Warn($"To compare: verify --synthetic {workload.Repeat(parsed, stream.Options.Start)}");
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static async Task<long> ProduceAsync(SyntheticWorkload stream, KafkaConnection kafka, string topic, double rate, CancellationToken cancellationToken)
    {
        await KafkaTopic.GetAsync(kafka, topic, cancellationToken);
        using var sink = new KafkaEventSink(kafka, topic);
        var sent = await SendAsync(stream, sink, rate, cancellationToken);
        await sink.FlushAsync(cancellationToken);
        return sent;
    }

    private static async Task<long> WriteAsync(SyntheticWorkload stream, string path, double rate, CancellationToken cancellationToken)
    {
        await using var sink = new JsonLinesSink(JsonLinesFile.Create(path));
        return await SendAsync(stream, sink, rate, cancellationToken);
    }

    private static Task<long> SendAsync(SyntheticWorkload stream, IEventSink sink, double rate, CancellationToken cancellationToken) =>
        Terminal.ProgressAsync("messages", stream.ApproximateMessages, async progress =>
        {
            var replayer = new Replayer(sink, rate > 0 ? rate : double.PositiveInfinity);
            return (await replayer.RunAsync((IEnumerable<BehaviorEvent>)stream, new Reporter<ReplayProgress>(report => progress.Report(report.Sent)), cancellationToken)).Sent;
        });
}
