using System.CommandLine;
using Personalization.Events;
using Personalization.Replay;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Cli.Commands;

/// <summary>Where a command takes its events from: the shop's data set, a file or a synthetic stream.</summary>
internal sealed class InputArguments
{
    private readonly Option<string> _dataset = Common.Dataset();
    private readonly Option<bool> _cancellations = new("--include-cancellations") { Description = "Of the data set: cancellations, too." };
    private readonly Option<FileInfo?> _file = new("--file") { Description = "A file of events instead, as 'bootstrap' and 'produce' read it." };
    private readonly Option<bool> _synthetic = new("--synthetic") { Description = "The stream that 'generate' makes of the same options instead." };
    private readonly RowArguments _rows = new();
    private readonly WorkloadArguments _workload = new();

    public void AddTo(Command command)
    {
        command.Add(_dataset);
        command.Add(_cancellations);
        command.Add(_file);
        command.Add(_synthetic);
        _rows.AddTo(command);
        _workload.AddTo(command);
    }

    /// <summary>Opens the input that was chosen.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its events.</returns>
    public async Task<EventInput> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(_file);
        if (parsed.GetValue(_synthetic))
        {
            if (file is not null)
            {
                throw new CommandException(ExitCodes.Usage, "--file and --synthetic exclude each other.");
            }

            var workload = await _workload.ReadAsync(parsed, start: null, cancellationToken);
            return new EventInput(workload.ToAsyncEnumerable(), workload.ApproximateMessages);
        }

        if (file is not null)
        {
            var rows = _rows.Read(parsed) with { IdPrefix = await FileIdentity.OfAsync(file.FullName, cancellationToken), RequireTimestamp = true };
            return new EventInput(ReadFileAsync(file.FullName, rows, _rows.Format(parsed)), null);
        }

        var data = OnlineRetailDataset.Load(parsed.GetValue(_dataset)!, new OnlineRetailOptions { IncludeCancellations = parsed.GetValue(_cancellations) });
        return new EventInput(((IEnumerable<BehaviorEvent>)data).ToAsyncEnumerable(), data.Count);
    }

    private static async IAsyncEnumerable<BehaviorEvent> ReadFileAsync(string path, RowOptions options, RowFormat? format)
    {
        var refused = 0L;
        await foreach (var row in EventRows.ReadFileAsync(path, options, new EventParser(ShopClock.Wall()), format))
        {
            if (row.Event is { } behaviorEvent)
            {
                yield return behaviorEvent;
            }
            else
            {
                refused++;
            }
        }

        if (refused > 0)
        {
            Terminal.Warn($"{refused:N0} rows of {path} are no events and were left out.");
        }
    }
}
