using System.CommandLine;
using Personalization.Replay;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Cli.Commands;

/// <summary><c>bootstrap</c>: a history out of a file into the stream.</summary>
internal static class BootstrapCommand
{
    private const int ShownRejects = 10;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "JSON lines, CSV with a header (both also .gz) or Parquet." };
        var kafka = new KafkaArguments();
        var topic = Common.Topic();
        var rows = new RowArguments();
        var rate = Common.Rate("Events per second; 0: as fast as Kafka takes them.", 0);
        var state = new Option<FileInfo?>("--state") { Description = "Where the progress is kept. Default: FILE.bootstrap.json." };
        var rejects = new Option<FileInfo?>("--rejects") { Description = "Where rows that are no events are written, with row and reasons. Default: FILE.rejects.jsonl." };
        var restart = new Option<bool>("--restart") { Description = "Begins anew, whatever an earlier run did." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only checks every row; sends and writes nothing." };
        var command = new Command("bootstrap", "Loads history from a file through the stream: the order of the file is kept, an interrupted load goes on where it was, every row is sent once. Exit code 1 when rows were rejected. Example: bootstrap sales.csv.gz --map userId=CustomerID --map itemId=StockCode --map timestamp=InvoiceDate --set type=purchase --time-format \"yyyy-MM-dd HH:mm:ss\"")
        {
            file, topic, rate, state, rejects, restart, dryRun,
        };
        kafka.AddTo(command);
        rows.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                var perSecond = parsed.GetValue(rate);
                var options = new BootstrapOptions
                {
                    Path = parsed.GetValue(file)!.FullName,
                    Format = rows.Format(parsed),
                    Rows = rows.Read(parsed),
                    StatePath = parsed.GetValue(state)?.FullName,
                    RejectsPath = parsed.GetValue(rejects)?.FullName,
                    Restart = parsed.GetValue(restart),
                    Rate = perSecond > 0 ? perSecond : double.PositiveInfinity,
                };
                return parsed.GetValue(dryRun)
                    ? await CheckAsync(options, cancellationToken)
                    : await LoadAsync(options, await kafka.ReadAsync(parsed, cancellationToken), parsed.GetValue(topic)!, cancellationToken);
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> LoadAsync(BootstrapOptions options, KafkaConnection kafka, string topicName, CancellationToken cancellationToken)
    {
        var topic = await KafkaTopic.GetAsync(kafka, topicName, cancellationToken);
        using var target = new KafkaBootstrapTarget(kafka, topic);
        var started = TimeProvider.System.GetTimestamp();
        var done = await new Bootstrapper(options, target, new EventParser(ShopClock.Wall())).RunAsync(
            new Reporter<BootstrapProgress>(at =>
                Terminal.Warn($"row {at.Row:N0}: {at.Sent:N0} events acknowledged, {at.Rejected:N0} rows rejected, {(at.Row - at.Resumed) / TimeProvider.System.GetElapsedTime(started).TotalSeconds:N0} rows/s")),
            cancellationToken);
        Terminal.Say($"{(done.Complete ? "Complete" : "Stopped; the same command goes on")}: {done.Row:N0} rows ({done.Resumed:N0} of them earlier), {done.Sent:N0} events, {done.Rejected:N0} rejected.");
        return !done.Complete ? ExitCodes.Cancelled : done.Rejected == 0 ? ExitCodes.Ok : ExitCodes.Different;
    }

    private static async Task<int> CheckAsync(BootstrapOptions options, CancellationToken cancellationToken)
    {
        long good = 0, bad = 0;
        var parser = new EventParser(ShopClock.Wall());
        await foreach (var row in EventRows.ReadFileAsync(options.Path, options.Rows with { IdPrefix = "dry", RequireTimestamp = true }, parser, options.Format, cancellationToken: cancellationToken))
        {
            if (row.Event is not null)
            {
                good++;
            }
            else if (++bad <= ShownRejects)
            {
                Terminal.Warn($"row {row.Number}: {row.Reason}");
            }
        }

        Terminal.Say($"{good:N0} events, {bad:N0} rows would be rejected.");
        return bad == 0 ? ExitCodes.Ok : ExitCodes.Different;
    }
}
