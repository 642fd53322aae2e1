using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using CsvHelper;
using Personalization.Events;
using Personalization.Items;

namespace Personalization.Replay;

/// <summary>
/// The UCI Online Retail data as events and items. Usable rows have a customer and an invoice that is not a cancellation: 397,924.
/// See <c>models/data/online-retail/README.md</c>.
/// </summary>
/// <param name="directory">Folder with <c>online_retail.csv.gz</c> and <c>items.jsonl</c>.</param>
public sealed class OnlineRetailDataset(string directory)
{
    /// <summary>File of transactions.</summary>
    public string EventsFile => Path.Combine(directory, "online_retail.csv.gz");

    /// <summary>File of items.</summary>
    public string ItemsFile => Path.Combine(directory, "items.jsonl");

    /// <summary>What is missing in the folder, or null.</summary>
    /// <returns>A sentence that says what to do.</returns>
    public string? MissingReason() =>
        new[] { EventsFile, ItemsFile }.FirstOrDefault(file => !File.Exists(file)) is { } missing
            ? $"'{missing}' is not there. Point --dataset at the folder models/data/online-retail of the repository."
            : null;

    /// <summary>Reads the events in order of time, rows of one minute in the file's order.</summary>
    /// <param name="includeCancellations">Whether cancellations come too, as <see cref="EventType.Cancel"/>. Default false.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The events; row <c>n</c> of the file (from 1) has the event id <c>or-n</c>.</returns>
    public IReadOnlyList<BehaviorEvent> ReadEvents(bool includeCancellations = false, CancellationToken cancellationToken = default)
    {
        using var file = File.OpenRead(EventsFile);
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        using var text = new StreamReader(unzipped);
        using var csv = new CsvReader(text, CultureInfo.InvariantCulture);
        var events = new List<BehaviorEvent>(400_000);
        csv.Read();
        csv.ReadHeader();
        for (var row = 1; csv.Read(); row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ReadRow(csv, row, includeCancellations) is { } behaviorEvent)
            {
                events.Add(behaviorEvent);
            }
        }

        // OrderBy is stable, so the file's order decides within a minute.
        return [.. events.OrderBy(e => e.Timestamp)];
    }

    /// <summary>Reads the catalogue.</summary>
    /// <returns>The items in the file's order.</returns>
    public IReadOnlyList<Item> ReadItems() =>
        [.. File.ReadLines(ItemsFile).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<Item>(line, PersonalizationJson.Options)!)];

    private static BehaviorEvent? ReadRow(CsvReader csv, int row, bool includeCancellations)
    {
        var invoice = csv.GetField(0)!;
        var customer = csv.GetField(6)!;
        var cancelled = invoice.StartsWith('C');
        if (customer.Length == 0 || (cancelled && !includeCancellations))
        {
            return null;
        }

        var time = DateTime.ParseExact(csv.GetField(4)!, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return new BehaviorEvent
        {
            EventId = string.Create(CultureInfo.InvariantCulture, $"or-{row}"),
            UserId = customer.EndsWith(".0", StringComparison.Ordinal) ? customer[..^2] : customer,
            ItemId = csv.GetField(1)!,
            Type = cancelled ? EventType.Cancel : EventType.Purchase,
            Timestamp = new DateTimeOffset(time, TimeSpan.Zero),
            SessionId = invoice,
            Quantity = Math.Abs(int.Parse(csv.GetField(3)!, CultureInfo.InvariantCulture)),
            Price = decimal.Parse(csv.GetField(5)!, CultureInfo.InvariantCulture),
        };
    }
}
