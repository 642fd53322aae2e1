using System.Globalization;
using Personalization.Replay;
using Spectre.Console;

namespace Personalization.Cli;

/// <summary>What people see: progress and troubles on standard error, results on standard output.</summary>
internal static class Terminal
{
    private static readonly Lazy<IAnsiConsole> Status = new(() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }));

    /// <summary>Says one line of the result.</summary>
    /// <param name="line">The line.</param>
    public static void Say(FormattableString line) => Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Says one line about trouble, or about what goes on.</summary>
    /// <param name="line">The line.</param>
    public static void Warn(string line) => Console.Error.WriteLine(line);

    /// <summary>Shows a table of the result; as wide as it needs where nobody's window limits it.</summary>
    /// <param name="table">The table.</param>
    public static void Say(Table table)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 160;
        }

        console.Write(table);
    }

    /// <summary>Shows a bar with its rate while something runs.</summary>
    /// <param name="what">What is counted, in the plural.</param>
    /// <param name="total">How many there are, about.</param>
    /// <param name="run">Reports how many are done.</param>
    /// <typeparam name="T">Its result.</typeparam>
    /// <returns>The result.</returns>
    public static Task<T> ProgressAsync<T>(string what, long total, Func<IProgress<long>, Task<T>> run) =>
        Status.Value.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(what, maxValue: Math.Max(1, total));
                var started = TimeProvider.System.GetTimestamp();
                var result = await run(new Reporter<long>(done =>
                {
                    var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
                    task.Value = done;
                    task.Description = string.Create(CultureInfo.InvariantCulture, $"{done:N0} {what}, {(seconds > 0 ? done / seconds : 0):N0}/s");
                }));
                task.Value = task.MaxValue;
                return result;
            });
}
