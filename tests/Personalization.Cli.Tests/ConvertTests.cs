using System.IO.Compression;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Cli.Tests;

/// <summary>From a Parquet file, which a library wrote, to what models are trained on.</summary>
public sealed class ConvertTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_parquet_file_of_another_shop_becomes_events_that_the_models_read()
    {
        var sales = Path.Combine(_directory.Path, "sales.parquet");
        await WriteSalesAsync(sales);
        var events = Path.Combine(_directory.Path, "events.jsonl.gz");

        await using (var convert = Run("convert", sales, events, "--map", "userId=CustomerID", "--map", "itemId=StockCode", "--map", "timestamp=InvoiceDate", "--map", "price=UnitPrice", "--set", "type=purchase"))
        {
            await convert.WaitForExitAsync(Patience);
            convert.ExitCode.ShouldBe(ExitCodes.Different, convert.Output);
            convert.Output.ShouldContain("row 4: userId");
            convert.Output.ShouldContain("4 events were written, 1 rows refused.");
        }

        var lines = await LinesAsync(events);
        lines.Select(line => (string?)line["userId"]).ShouldBe(["17850", "13047", "17850", "12583"]);
        lines.Select(line => (string?)line["itemId"]).ShouldBe(["85123A", "22752", "71053", "22728"]);
        lines.Select(line => (decimal?)line["price"]).ShouldBe([2.55m, 7.65m, null, 3.75m]);
        var file = await FileIdentity.OfAsync(sales);
        lines.Select(line => (string?)line["eventId"]).ShouldBe([$"{file}-1", $"{file}-2", $"{file}-3", $"{file}-5"]);
        Directory.GetFiles(_directory.Path).ShouldBe([sales, events], ignoreOrder: true);

        await using (var pandas = ChildProcess.Start(File.Exists(Python) ? Python : "false", ["-c", "import pandas"]))
        {
            await pandas.WaitForExitAsync(Patience);
            Assert.SkipWhen(pandas.ExitCode != 0, "pandas is missing (Debian: python3-pandas).");
        }

        const string Read = """
            import sys
            from pathlib import Path
            from personalization_models.data.events import read_event_files
            rows = read_event_files([Path(sys.argv[1])]).rows
            print(rows[["user", "code", "time", "price", "quantity"]].to_numpy().tolist())
            """;
        var read = await ChildProcess.RunAsync(Python, ["-c", Read, events], new Dictionary<string, string>(StringComparer.Ordinal) { ["PYTHONPATH"] = Path.Combine(Repository.Root, "models", "src") });
        read.ShouldBe("[['17850', '85123A', 1291191960, 2.55, 6.0], ['13047', '22752', 1291192020, 7.65, 1.0], ['17850', '71053', 1291192080, 0.0, 6.0], ['12583', '22728', 1291192200, 3.75, 24.0]]");
    }

    [Fact]
    public async Task What_cannot_be_converted_leaves_no_file()
    {
        var broken = Path.Combine(_directory.Path, "broken.parquet");
        await File.WriteAllTextAsync(broken, "no parquet at all");
        var output = Path.Combine(_directory.Path, "events.jsonl");

        await using var convert = Run("convert", broken, output);
        await convert.WaitForExitAsync(Patience);
        convert.ExitCode.ShouldBe(ExitCodes.BadInput, convert.Output);
        convert.Output.ShouldContain("The file is no Parquet");
        await using var nothing = Run("convert", Path.Combine(_directory.Path, "nothing.parquet"), output);
        await nothing.WaitForExitAsync(Patience);
        nothing.ExitCode.ShouldBe(ExitCodes.NoInput, nothing.Output);

        Directory.GetFiles(_directory.Path).ShouldBe([broken]);
    }

    private static async Task WriteSalesAsync(string path)
    {
        var user = new DataField<int>("CustomerID", true);
        var item = new DataField<string>("StockCode");
        var date = new DataField<DateTime>("InvoiceDate");
        var quantity = new DataField<long>("quantity");
        var price = new DecimalDataField("UnitPrice", 10, 2, isNullable: true);
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(user, item, date, quantity, price), file);
        var first = new DateTime(2010, 12, 1, 8, 26, 0, DateTimeKind.Utc);
        using (var rows = writer.CreateRowGroup())
        {
            await rows.WriteAsync<int>(user, new int?[] { 17850, 13047, 17850 });
            await rows.WriteAsync(item, ["85123A", "22752", "71053"]);
            await rows.WriteAsync<DateTime>(date, new[] { first, first.AddMinutes(1), first.AddMinutes(2) });
            await rows.WriteAsync<long>(quantity, new long[] { 6, 1, 6 });
            await rows.WriteAsync<decimal>(price, new decimal?[] { 2.55m, 7.65m, null });
        }

        using var more = writer.CreateRowGroup();
        await more.WriteAsync<int>(user, new int?[] { null, 12583 });
        await more.WriteAsync(item, ["22752", "22728"]);
        await more.WriteAsync<DateTime>(date, new[] { first.AddMinutes(3), first.AddMinutes(4) });
        await more.WriteAsync<long>(quantity, new long[] { 1, 24 });
        await more.WriteAsync<decimal>(price, new decimal?[] { 7.65m, 3.75m });
    }

    private static async Task<List<JsonNode>> LinesAsync(string path)
    {
        await using var packed = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var reader = new StreamReader(packed);
        return [.. (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    private static ChildProcess Run(params string[] arguments) =>
        ChildProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Personalization.Cli.dll"), .. arguments]);
}
