using System.CommandLine;
using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary><c>verify</c>: every stored sequence and sum against what the input says.</summary>
internal static class VerifyCommand
{
    private const int ZeroReadings = 3;

    public static Command Create()
    {
        var gateway = new GatewayArguments();
        var input = new InputArguments();
        var wait = new Option<TimeSpan?>("--wait") { Description = "First waits until the stream is applied, at most this long. For instance 5m.", CustomParser = result => Durations.Read(result) };
        var kafka = new KafkaArguments("With --wait, when given: trusts the offsets that the silos committed to Kafka instead of the gateway's view.");
        var group = new Option<string>("--group") { Description = "The silos' consumer group.", DefaultValueFactory = _ => ConsumerGroup.DefaultName };
        var topic = Common.Topic();
        var concurrency = Common.Count("--concurrency", "Users read at the same time.", 16, 1, 1_000);
        var shown = Common.Count("--show", "Differences that are described; all are counted.", 10, 0, 1_000_000);
        var retryFor = Durations.Option("--retry-for", "How long a read that fails is tried again.", TimeSpan.FromMinutes(1));
        var json = Common.Json();
        var command = new Command("verify", "Computes every user's sequence and sums (events by type, spend, first and last event: over all events, also those that have left the sequence) from the input and compares all of it with what the cluster stores. Exit code 1 on one difference. Example: verify --synthetic --events 1000000 --start 2026-01-31T08:00:00Z --wait 5m")
        {
            wait, group, topic, concurrency, shown, retryFor, json,
        };
        gateway.AddTo(command);
        kafka.AddTo(command);
        input.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var connection = kafka.IsGiven(parsed) ? await kafka.ReadAsync(parsed, cancellationToken) : null;
                var expected = await ExpectAsync(await input.ReadAsync(parsed, cancellationToken), cancellationToken);
                using var http = gateway.Open(parsed);
                var client = new HttpPersonalizationClient(http);
                await client.GetClusterAsync(cancellationToken);
                if (parsed.GetValue(wait) is { } timeout)
                {
                    await WaitAsync(client, connection, parsed.GetValue(group)!, parsed.GetValue(topic)!, timeout, cancellationToken);
                }

                var options = new VerifyOptions
                {
                    Concurrency = parsed.GetValue(concurrency),
                    Shown = parsed.GetValue(shown),
                    RetryFor = parsed.GetValue(retryFor),
                };
                var result = await Terminal.ProgressAsync(
                    "users", expected.Users.Count, progress => new StateVerifier(client, options).RunAsync(expected, progress, cancellationToken));
                foreach (var difference in result.Differences)
                {
                    Terminal.Say($"{difference}");
                }

                Terminal.Say($"{result.Users:N0} users, {result.Events:N0} events ({result.Duplicates:N0} repeated, {result.TooLate:N0} too late): {Verdict(result)}.");
                await Common.WriteJsonAsync(parsed.GetValue(json), result, cancellationToken);
                return result.DifferentUsers == 0 ? ExitCodes.Ok : ExitCodes.Different;
            },
            cancellationToken));
        return command;
    }

    private static string Verdict(VerifyResult result) => result.DifferentUsers == 0 ? "all equal" : $"{result.DifferentUsers:N0} users differ";

    private static Task<ExpectedState> ExpectAsync(EventInput input, CancellationToken cancellationToken) =>
        Terminal.ProgressAsync("events of the input", input.Count ?? 1, async progress =>
        {
            var expected = new ExpectedState();
            await foreach (var behaviorEvent in input.Events.WithCancellation(cancellationToken))
            {
                expected.Add(behaviorEvent);
                if (expected.Events % 10_000 == 0)
                {
                    progress.Report(expected.Events);
                }
            }

            progress.Report(expected.Events);
            return expected;
        });

    private static async Task WaitAsync(HttpPersonalizationClient client, KafkaConnection? kafka, string group, string topic, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var consumers = kafka is null ? null : new ConsumerGroup(kafka, group, await KafkaTopic.GetAsync(kafka, topic, cancellationToken));
        var drain = consumers is null
            ? new StreamDrain(token => GatewayLagAsync(client, token), ZeroReadings)
            : new StreamDrain(async token => await consumers.LagAsync(token));
        var last = -1L;
        await drain.WaitAsync(
            timeout,
            new Reporter<long>(lag =>
            {
                if (lag != last)
                {
                    Terminal.Warn($"{lag:N0} events are not yet durable.");
                }

                last = lag;
            }),
            cancellationToken);
    }

    /// <summary>The silos' own view; unknown while one does not answer or none has a partition.</summary>
    internal static async Task<long?> GatewayLagAsync(IPersonalizationClient client, CancellationToken cancellationToken)
    {
        try
        {
            var cluster = await client.GetClusterAsync(cancellationToken);
            var known = cluster.Silos.Where(silo => silo.ConsumerLag >= 0).ToArray();
            return cluster.Silent > 0 || known.Length == 0 ? null : known.Sum(silo => silo.ConsumerLag);
        }
        catch (Exception exception) when (GatewayStart.IsAway(exception, cancellationToken))
        {
            return null;
        }
    }
}
