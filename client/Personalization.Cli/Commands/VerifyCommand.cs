using System.Collections.Concurrent;
using System.CommandLine;
using Personalization.Client;
using Personalization.Replay;
using Personalization.Users;
using Spectre.Console;

namespace Personalization.Cli.Commands;

/// <summary><c>verify</c>: every stored sequence against the file.</summary>
internal static class VerifyCommand
{
    private const int ShownDifferences = 10;

    public static Command Create()
    {
        var url = Common.Url();
        var dataset = Common.Dataset();
        var cancellations = new Option<bool>("--include-cancellations") { Description = "Cancellations were replayed, too." };
        var command = new Command("verify", "After a replay: compares every user's stored sequence with the one computed from the file. Exit code 1 on one difference.") { url, dataset, cancellations };
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var expected = new ExpectedState();
                foreach (var behaviorEvent in OnlineRetailDataset.Load(parsed.GetValue(dataset)!, new OnlineRetailOptions { IncludeCancellations = parsed.GetValue(cancellations) }))
                {
                    expected.Add(behaviorEvent);
                }

                using var http = Common.Http(parsed.GetValue(url)!);
                var differences = await CompareAsync(new HttpPersonalizationClient(http), expected, cancellationToken);
                foreach (var difference in differences.Take(ShownDifferences))
                {
                    AnsiConsole.MarkupLineInterpolated($"[red]{difference}[/]");
                }

                AnsiConsole.MarkupLineInterpolated($"{expected.Users.Count:N0} users, {expected.Events:N0} events: {(differences.Count == 0 ? "all equal" : $"{differences.Count:N0} users differ")}.");
                return differences.Count == 0 ? ExitCodes.Ok : ExitCodes.Different;
            },
            cancellationToken));
        return command;
    }

    private static async Task<IReadOnlyCollection<string>> CompareAsync(HttpPersonalizationClient client, ExpectedState expected, CancellationToken cancellationToken)
    {
        var differences = new ConcurrentBag<string>();
        var histories = new ConcurrentDictionary<string, HistoryPage>(StringComparer.Ordinal);
        await AnsiConsole.Progress().StartAsync(async context =>
        {
            var task = context.AddTask("Users", maxValue: expected.Users.Count);
            await Parallel.ForEachAsync(
                expected.Users,
                new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
                async (user, token) =>
                {
                    histories[user] = await client.GetHistoryAsync(user, new HistoryQuery { Limit = ExpectedState.DefaultCapacity, Timeout = TimeSpan.FromSeconds(5) }, token);
                    task.Increment(1);
                });
        });
        foreach (var (user, page) in histories)
        {
            if (expected.Difference(user, page.Events) is { } difference)
            {
                differences.Add(difference);
            }
        }

        return differences;
    }
}
