using System.Collections;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>
/// The shop's data set as events, in order of (time, row of the file): one <c>purchase</c> per row that has a customer and is not a cancellation
/// (397,924 of them), on request one <c>cancel</c> per cancelled row. Event id <c>or-&lt;row&gt;</c> (the first row after the header is 1), user =
/// customer, item = stock code, session = invoice. Rows are held compactly (about 25 MB); events are made when they are asked for.
/// </summary>
public sealed class OnlineRetailDataset : IReadOnlyList<BehaviorEvent>
{
    /// <summary>Name of the file of events in the data set's folder.</summary>
    public const string EventsFile = "online_retail.csv.gz";

    /// <summary>Name of the file of items in the data set's folder.</summary>
    public const string ItemsFile = "items.jsonl";

    private readonly RetailRow[] _rows;

    private OnlineRetailDataset(RetailRow[] rows) => _rows = rows;

    /// <summary>Number of events.</summary>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public BehaviorEvent this[int index] => _rows[index].ToEvent();

    /// <summary>Reads the data set; takes about two seconds.</summary>
    /// <param name="path">The CSV file (gzip when it ends with <c>.gz</c>), or the folder that holds <see cref="EventsFile"/>.</param>
    /// <param name="options">Which part; null: every purchase.</param>
    /// <returns>The events.</returns>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is cut off or not the data set.</exception>
    public static OnlineRetailDataset Load(string path, OnlineRetailOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnlineRetailOptions();
        var file = Directory.Exists(path) ? Path.Combine(path, EventsFile) : path;
        RetailRow[] rows =
        [
            .. RetailRowReader.Read(file)
                .Where(row => options.IncludeCancellations || !row.IsCancellation)
                .OrderBy(row => row.Timestamp),
        ];
        return new OnlineRetailDataset(rows);
    }

    /// <inheritdoc/>
    public IEnumerator<BehaviorEvent> GetEnumerator() => _rows.Select(row => row.ToEvent()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
