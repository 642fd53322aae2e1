using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Personalization.Replay;

/// <summary>Reads the rows of the published file that are a known customer's.</summary>
internal static class RetailRowReader
{
    private static readonly CsvConfiguration Configuration = new(CultureInfo.InvariantCulture);

    public static IEnumerable<RetailRow> Read(string path)
    {
        using var text = InputFile.Text(InputFile.Open(path));
        using var csv = new CsvReader(text, Configuration);
        csv.Read();
        csv.ReadHeader();
        var shared = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var number = 1; csv.Read(); number++)
        {
            if (csv.GetField("CustomerID") is { Length: > 0 } customer)
            {
                yield return Parse(csv, number, customer, shared);
            }
        }
    }

    private static RetailRow Parse(CsvReader csv, int number, string customer, Dictionary<string, string> shared)
    {
        try
        {
            var invoice = csv.GetField("InvoiceNo")!;
            return new RetailRow(
                DateTimeOffset.ParseExact(
                    csv.GetField("InvoiceDate")!,
                    "yyyy-MM-dd HH:mm:ss",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                number,
                Share(CustomerId(customer), shared),
                Share(invoice, shared),
                Share(csv.GetField("StockCode")!, shared),
                Math.Abs(int.Parse(csv.GetField("Quantity")!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
                decimal.Parse(csv.GetField("UnitPrice")!, NumberStyles.Float, CultureInfo.InvariantCulture),
                invoice.StartsWith('C'));
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or CsvHelperException)
        {
            throw new InvalidDataException($"Row {number} of the data set cannot be read: {exception.Message}", exception);
        }
    }

    // The file stores ids as decimals ("17850.0").
    private static string CustomerId(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? text : text[..dot];
    }

    private static string Share(string text, Dictionary<string, string> shared)
    {
        if (!shared.TryGetValue(text, out var known))
        {
            shared.Add(text, known = text);
        }

        return known;
    }
}
