using System.CommandLine;
using System.Text.Json;
using Personalization.Cli.Load;
using Spectre.Console;

namespace Personalization.Cli.Commands;

/// <summary><c>load</c>: measures the gateway under an open-loop load.</summary>
internal static class LoadCommand
{
    private static readonly JsonSerializerOptions Indented = new(PersonalizationJson.Options) { WriteIndented = true };

    public static Command Create()
    {
        var url = Common.Url();
        var scenario = new Option<string>("--scenario") { Description = "click: an event, then the shelf that must know it. recommend: the shelf only.", DefaultValueFactory = _ => "click" };
        scenario.AcceptOnlyFromAmong("click", "recommend");
        var rate = Number("--rate", "Trials per second.", 50.0);
        var trials = Number("--trials", "Measured trials.", 1_000);
        var warmUp = Number("--warm-up", "Trials before the measured ones.", 200);
        var users = Number("--users", "Users to choose from; 0: a new user for each trial.", 0);
        var zipf = Number("--zipf", "Skew of the users; 0: even.", 0.8);
        var seed = Number("--seed", "Seed of all choices.", 1);
        var maxP99 = new Option<double?>("--max-p99") { Description = "Bound on the 99th percentile of a whole trial, ms; missed: exit code 2." };
        var maxStale = Number("--max-stale", "Bound on stale answers; missed: exit code 2.", 0);
        var maxErrors = Number("--max-errors", "Bound on errors; missed: exit code 2.", 0);
        var json = new Option<FileInfo?>("--json") { Description = "Writes the report to a file, too." };
        var command = new Command("load", "Measures the gateway: open-loop arrivals, latency from the moment a trial was due. Example: load --scenario click --trials 10000 --rate 100 --max-p99 50")
        {
            url, scenario, rate, trials, warmUp, users, zipf, seed, maxP99, maxStale, maxErrors, json,
        };
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var options = new LoadOptions
                {
                    Url = parsed.GetValue(url)!,
                    Scenario = parsed.GetValue(scenario)!,
                    Rate = parsed.GetValue(rate),
                    Trials = parsed.GetValue(trials),
                    WarmUp = parsed.GetValue(warmUp),
                    Users = parsed.GetValue(users),
                    Zipf = parsed.GetValue(zipf),
                    Seed = parsed.GetValue(seed),
                };
                using var http = Common.Http(options.Url);
                var report = await Progress(options, bar => new LoadRunner(http, options, TimeProvider.System).RunAsync(bar, cancellationToken));
                Show(options, report);
                if (parsed.GetValue(json) is { } file)
                {
                    await File.WriteAllTextAsync(
                        file.FullName,
                        JsonSerializer.Serialize(new { options, latencies = report.Rows(), report.Stale, report.Errors, report.Sources }, Indented),
                        cancellationToken);
                }

                return Judge(report, parsed.GetValue(maxP99), parsed.GetValue(maxStale), parsed.GetValue(maxErrors));
            },
            cancellationToken));
        return command;
    }

    private static Option<T> Number<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Task<LoadReport> Progress(LoadOptions options, Func<IProgress<int>, Task<LoadReport>> run) => AnsiConsole.Progress()
        .StartAsync(context =>
        {
            var task = context.AddTask("Trials", maxValue: options.Trials + options.WarmUp);
            return run(new Direct(done => task.Value = done));
        });

    private static void Show(LoadOptions options, LoadReport report)
    {
        var table = new Table().Title($"{options.Scenario}, {options.Rate:0.#} trials/s, {(options.Users == 0 ? "a new user each" : $"{options.Users:N0} users, Zipf {options.Zipf}")}")
            .AddColumns("ms", "count", "p50", "p90", "p99", "p99.9", "max");
        foreach (var row in report.Rows())
        {
            table.AddRow(row.Part, $"{row.Count:N0}", $"{row.P50}", $"{row.P90}", $"{row.P99}", $"{row.P999}", $"{row.Max}");
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"stale: {report.Stale}   sources: {Join(report.Sources)}   errors: {Join(report.Errors)}");
    }

    private static int Judge(LoadReport report, double? maxP99, int maxStale, int maxErrors)
    {
        var missed = new List<string>();
        var p99 = report.Rows() is [var total, ..] ? total.P99 : double.PositiveInfinity;
        if (maxP99 is { } bound && p99 > bound)
        {
            missed.Add($"p99 is {p99} ms, asked for {bound} ms at most");
        }

        if (report.Stale > maxStale)
        {
            missed.Add($"{report.Stale} stale answers, asked for {maxStale} at most");
        }

        if (report.Errors.Values.Sum() is var errors && errors > maxErrors)
        {
            missed.Add($"{errors} errors, asked for {maxErrors} at most");
        }

        missed.ForEach(sentence => AnsiConsole.MarkupLineInterpolated($"[red]Missed:[/] {sentence}."));
        return missed.Count == 0 ? ExitCodes.Ok : ExitCodes.Missed;
    }

    private static string Join(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value:N0}")) is { Length: > 0 } text ? text : "none";

    private sealed class Direct(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
