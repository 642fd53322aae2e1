using System.CommandLine;
using Personalization.Replay;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Cli.Commands;

/// <summary><c>convert</c>: a history out of a file into JSON lines, without any Kafka.</summary>
internal static class ConvertCommand
{
    private const int ShownRefused = 10;

    public static Command Create()
    {
        var input = new Argument<FileInfo>("file") { Description = "Parquet, CSV with a header or JSON lines (the last two also .gz)." };
        var output = new Argument<string>("output") { Description = "Gets JSON lines; packed when it ends with .gz; - is standard output." };
        var rows = new RowArguments();
        var command = new Command("convert", "Writes a file's events as JSON lines: what 'bootstrap', 'verify' and the training of models read ('retrain' of models/README.md). Ids of rows without one are those that 'bootstrap' gives. A file appears only when it is whole. Exit code 1 when rows were refused. Example: convert sales.parquet events.jsonl.gz --map userId=CustomerID --map itemId=StockCode --map timestamp=InvoiceDate --set type=purchase")
        {
            input, output,
        };
        rows.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            () => ConvertAsync(parsed.GetValue(input)!.FullName, parsed.GetValue(output)!, rows.Read(parsed), rows.Format(parsed), cancellationToken),
            cancellationToken));
        return command;
    }

    private static async Task<int> ConvertAsync(string path, string output, RowOptions options, RowFormat? format, CancellationToken cancellationToken)
    {
        options = options with { IdPrefix = await FileIdentity.OfAsync(path, cancellationToken), RequireTimestamp = true };
        var rows = EventRows.ReadFileAsync(path, options, new EventParser(ShopClock.Wall()), format, cancellationToken: cancellationToken);
        var shown = 0;
        var (written, refused) = await JsonLinesFile.WriteWholeAsync(output, stream => RowConversion.WriteAsync(
            rows,
            stream,
            row =>
            {
                if (shown++ < ShownRefused)
                {
                    Terminal.Warn($"row {row.Number}: {row.Reason}");
                }
            },
            new Reporter<long>(done => Terminal.Warn($"{done:N0} rows")),
            cancellationToken));
        Terminal.Warn($"{written:N0} events were written, {refused:N0} rows refused.");
        return refused == 0 ? ExitCodes.Ok : ExitCodes.Different;
    }
}
