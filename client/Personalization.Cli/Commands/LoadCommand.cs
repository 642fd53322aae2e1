using System.CommandLine;
using System.Globalization;
using Personalization.Cli.Load;
using Personalization.Client;
using Personalization.Replay;
using Spectre.Console;

namespace Personalization.Cli.Commands;

/// <summary><c>load</c>: measures the gateway under an open-loop load.</summary>
internal static class LoadCommand
{
    private const int KnownItems = 100;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var arguments = new LoadArguments();
        var itemsFile = new Option<FileInfo?>("--items-file") { Description = "A catalogue (items.jsonl) to click from. Default: what rises in the shop." };
        var kafka = new KafkaArguments("Of freshness: Kafka.");
        var topic = Common.Topic();
        var group = new Option<string>("--group") { Description = "Of freshness: the silos' consumer group.", DefaultValueFactory = _ => ConsumerGroup.DefaultName };
        var background = Common.NotNegative("--background", "Of freshness: other events per second beside the measured ones.", 5_000);
        var backgroundUsers = Common.Count("--background-users", "Of freshness: their users (Zipf 0.8).", 50_000, 1, int.MaxValue);
        var json = Common.Json();
        var command = new Command("load", "Measures the cluster: open-loop arrivals, latency from the moment a trial was due, failed ones included. Examples: load --scenario click --trials 10000 --rate 100 --max-p99 50; load --scenario freshness --bootstrap-servers localhost:9092 --background 5000 --duration 60s --max-p99 50")
        {
            itemsFile, topic, group, background, backgroundUsers, json,
        };
        arguments.AddTo(command);
        kafka.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var options = arguments.Options(parsed);
                using var http = arguments.Gateway.Open(parsed, options.Timeout + Grace);
                var client = new HttpPersonalizationClient(http);
                var items = await ItemsAsync(client, parsed.GetValue(itemsFile), cancellationToken);
                LoadReport report;
                if (options.Scenario == LoadScenario.Freshness)
                {
                    using var stream = await ConnectAsync(await kafka.ReadAsync(parsed, cancellationToken), parsed.GetValue(topic)!, parsed.GetValue(group)!, parsed.GetValue(background), parsed.GetValue(backgroundUsers), items, cancellationToken);
                    report = await ProgressAsync(options, bar => new FreshnessRunner(client, options, items, stream, TimeProvider.System).RunAsync(bar, cancellationToken));
                    Terminal.Say($"Background: {stream.Background:N0} events.");
                }
                else
                {
                    report = await ProgressAsync(options, bar => new LoadRunner(client, options, items, TimeProvider.System).RunAsync(bar, cancellationToken));
                }

                Show(report);
                var missed = arguments.Bounds(parsed).Missed(report);
                await Common.WriteJsonAsync(parsed.GetValue(json), new { report, missed }, cancellationToken);
                foreach (var sentence in missed)
                {
                    Terminal.Warn($"Missed: {sentence}.");
                }

                return missed.Count == 0 ? ExitCodes.Ok : ExitCodes.Missed;
            },
            cancellationToken));
        return command;
    }

    private static async Task<string[]> ItemsAsync(HttpPersonalizationClient client, FileInfo? file, CancellationToken cancellationToken)
    {
        string[] items = file is null
            ? [.. (await client.TrendingAsync(KnownItems, TimeSpan.FromDays(7), null, cancellationToken)).Items.Select(item => item.ItemId)]
            : await ItemFile.ReadAsync(file.FullName, cancellationToken).Select(item => item.ItemId).ToArrayAsync(cancellationToken);
        return items.Length > 0 ? items : throw new CommandException(ExitCodes.BadInput, "The shop has no items to click yet: replay events first, or name a catalogue with --items-file.");
    }

    private static async Task<KafkaFreshnessStream> ConnectAsync(KafkaConnection kafka, string topicName, string group, double rate, int users, string[] items, CancellationToken cancellationToken)
    {
        var topic = await KafkaTopic.GetAsync(kafka, topicName, cancellationToken);
        const long events = 1_000_000_000;
        var shape = new SyntheticWorkload(new WorkloadOptions
        {
            Name = $"bg-{Guid.NewGuid().ToString("N")[..6]}",
            Events = events,
            Users = users,
            ItemIds = items,
            Start = DateTimeOffset.UnixEpoch,
            Span = TimeSpan.FromSeconds(events / Math.Max(1, rate)),
            SessionGap = TimeSpan.FromSeconds(5),
        });
        return new KafkaFreshnessStream(kafka, topic, group, rate, shape);
    }

    private static Task<LoadReport> ProgressAsync(LoadOptions options, Func<IProgress<long>, Task<LoadReport>> run) =>
        Terminal.ProgressAsync("arrivals", options.WarmUp + (options.Trials ?? (long)(options.Rate * options.Duration!.Value.TotalSeconds)), run);

    private static void Show(LoadReport report)
    {
        var options = report.Options;
        Terminal.Say($"{options.Scenario}, {options.Rate:0.##} arrivals/s ({(options.Poisson ? "Poisson" : "constant")}), {(options.Users == 0 ? "a new user each" : $"{options.Users:N0} users, Zipf {options.UserSkew}")}: {report.Trials:N0} trials in {report.Seconds:0.0} s, {report.TrialsPerSecond:N1}/s");
        var table = new Table().AddColumns("ms", "count", "mean", "p50", "p90", "p95", "p99", "p99.9", "max");
        foreach (var row in report.Latencies)
        {
            table.AddRow([row.Part, $"{row.Count:N0}", .. new[] { row.Mean, row.P50, row.P90, row.P95, row.P99, row.P999, row.Max }.Select(value => value.ToString("0.00", CultureInfo.InvariantCulture))]);
        }

        Terminal.Say(table);
        Terminal.Say($"stale: {report.Stale}   sources: {Join(report.Sources)}   without the model: {Join(report.FallbackReasons)}   errors: {Join(report.Errors)}");
    }

    private static string Join(IReadOnlyDictionary<string, long> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value:N0}"));
}
