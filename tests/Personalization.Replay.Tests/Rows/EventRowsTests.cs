using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Parquet;
using Parquet.Schema;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Replay.Rows;

public sealed class EventRowsTests : IDisposable
{
    private static readonly RowOptions Retail = new()
    {
        Columns = new Dictionary<string, string>(StringComparer.Ordinal) { ["userId"] = "Customer", ["itemId"] = "Stock", ["timestamp"] = "Date" },
        Constants = new Dictionary<string, string>(StringComparer.Ordinal) { ["type"] = "purchase" },
        TimeFormat = "yyyy-MM-dd HH:mm:ss",
        IdPrefix = "f",
        RequireTimestamp = true,
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly EventParser _parser = new(ShopClock.Wall(new FakeTimeProvider(Some.Start)));

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("rows.csv")]
    [InlineData("rows.csv.gz")]
    public async Task A_csv_with_other_names_becomes_events_with_ids_of_its_rows(string name)
    {
        var path = Write(name, "Customer,Stock,Date,quantity,price,extra\nu1,\"a,b\",2011-01-02 03:04:05,3,2.55,x\nu2,i2,2011-01-02 03:04:06,,,\n");

        var rows = await ReadAsync(path, Retail);

        rows.Select(row => row.Event).ShouldBe(
        [
            new BehaviorEvent { EventId = "f-1", UserId = "u1", ItemId = "a,b", Type = EventType.Purchase, Timestamp = new DateTimeOffset(2011, 1, 2, 3, 4, 5, TimeSpan.Zero), Quantity = 3, Price = 2.55m },
            new BehaviorEvent { EventId = "f-2", UserId = "u2", ItemId = "i2", Type = EventType.Purchase, Timestamp = new DateTimeOffset(2011, 1, 2, 3, 4, 6, TimeSpan.Zero) },
        ]);
    }

    [Fact]
    public async Task Json_lines_with_other_names_keep_what_they_hold()
    {
        var path = Write("rows.jsonl", """{"Customer":"u1","Stock":"i1","Date":"2011-01-02 03:04:05","properties":{"a":[1]},"eventId":"own"}""" + "\n\n" + """{"Customer":7}""" + "\n");

        var rows = await ReadAsync(path, Retail);

        rows[0].Event.ShouldNotBeNull();
        rows[0].Event!.EventId.ShouldBe("own");
        rows[0].Event!.Properties.ShouldBe("""{"a":[1]}""");
        rows[1].Number.ShouldBe(3);
        rows[1].Errors.Select(error => error.Field).ShouldBe(["userId", "itemId", "timestamp"], ignoreOrder: true);
    }

    [Fact]
    public async Task Unix_seconds_are_times()
    {
        var path = Write("rows.csv", "userId,itemId,type,timestamp\nu,i,view,1300000000\n");

        var rows = await ReadAsync(path, new RowOptions { TimeFormat = RowOptions.UnixSeconds });

        rows.ShouldHaveSingleItem().Event!.Timestamp.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1_300_000_000));
    }

    [Fact]
    public async Task A_bad_row_is_a_row_with_its_reasons_and_the_file_goes_on()
    {
        var path = Write("rows.csv", "userId,itemId,type,timestamp\n,i,look,2011-01-02\nu,i,view,2011-01-02T00:00:00Z\nu,i,view,\n");

        var rows = await ReadAsync(path, new RowOptions { RequireTimestamp = true });

        rows[0].Errors.Select(error => error.Field).ShouldBe(["userId", "type", "timestamp"], ignoreOrder: true);
        rows[1].Event.ShouldNotBeNull();
        rows[2].Reason.ShouldContain("History needs a time");
    }

    [Fact]
    public async Task A_column_that_is_not_there_is_named_at_once()
    {
        var path = Write("rows.csv", "a,b\n1,2\n");

        (await Should.ThrowAsync<InvalidDataException>(() => ReadAsync(path, Retail))).Message.ShouldBe($"{path}: The file has no column 'Customer'; it has a, b.");
    }

    [Fact]
    public async Task Parquet_columns_of_every_type_are_read_over_all_row_groups()
    {
        var path = Path.Combine(_directory.Path, "rows.parquet");
        var user = new DataField<string>("Customer");
        var item = new DataField<string>("Stock");
        var date = new DataField<DateTime>("Date");
        var quantity = new DataField<int>("quantity", true);
        var price = new DataField<double>("price");
        await using (var file = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(user, item, date, quantity, price), file))
        {
            for (var group = 0; group < 2; group++)
            {
                using var rows = writer.CreateRowGroup();
                await rows.WriteAsync(user, ["u1", "u2"]);
                await rows.WriteAsync(item, [$"i{group}", "x"]);
                await rows.WriteAsync<DateTime>(date, new[] { new DateTime(2011, 1, 2, 3, 4, 5, DateTimeKind.Utc), new DateTime(2011, 1, 2, 3, 4, 6, DateTimeKind.Utc) });
                await rows.WriteAsync<int>(quantity, new int?[] { 3, null });
                await rows.WriteAsync<double>(price, new[] { 2.5, 1 });
            }
        }

        var read = await ReadAsync(path, Retail);

        read.Select(row => row.Event!.EventId).ShouldBe(["f-1", "f-2", "f-3", "f-4"]);
        read[2].Event.ShouldBe(new BehaviorEvent
        {
            EventId = "f-3",
            UserId = "u1",
            ItemId = "i1",
            Type = EventType.Purchase,
            Timestamp = new DateTimeOffset(2011, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Quantity = 3,
            Price = 2.5m,
        });
        read[3].Event!.Quantity.ShouldBeNull();
    }

    /// <summary>Two lists have leaves of one name, and a leaf may be called as a field is.</summary>
    [Fact]
    public async Task Parquet_lists_and_structures_are_left_aside()
    {
        var path = Path.Combine(_directory.Path, "rows.parquet");
        var (user, item, date) = (new DataField<string>("Customer"), new DataField<string>("Stock"), new DataField<DateTime>("Date"));
        var (tag, colour, price) = (new DataField<string>("element"), new DataField<string>("element"), new DataField<double>("price", true));
        var schema = new ParquetSchema(user, item, date, new ListField("tags", tag), new ListField("colours", colour), new StructField("paid", price));
        await using (var file = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(schema, file))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(user, ["u1"]);
            await rows.WriteAsync(item, ["i1"]);
            await rows.WriteAsync<DateTime>(date, new[] { new DateTime(2011, 1, 2, 3, 4, 5, DateTimeKind.Utc) });
            await rows.WriteAsync(tag, ["new"], new ReadOnlyMemory<int>([0]));
            await rows.WriteAsync(colour, ["red"], new ReadOnlyMemory<int>([0]));
            await rows.WriteAsync<double>(price, new double?[] { 2.5 });
        }

        var read = (await ReadAsync(path, Retail)).ShouldHaveSingleItem();

        read.Event.ShouldNotBeNull(read.Reason);
        read.Event!.Price.ShouldBeNull();
    }

    [Fact]
    public async Task Parquet_that_is_damaged_in_the_middle_is_refused_and_named()
    {
        var path = Path.Combine(_directory.Path, "rows.parquet");
        var columns = new[] { new DataField<string>("Customer"), new DataField<string>("Stock"), new DataField<string>("Date") };
        await using (var file = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns), file))
        {
            using var rows = writer.CreateRowGroup();
            foreach (var column in columns)
            {
                await rows.WriteAsync(column, ["2011-01-02 03:04:05"]);
            }
        }

        await using (var file = File.OpenWrite(path))
        {
            file.Position = 4;
            file.Write([.. Enumerable.Repeat(byte.MaxValue, 40)]);
        }

        (await Should.ThrowAsync<InvalidDataException>(() => ReadAsync(path, Retail))).Message.ShouldStartWith($"{path}: Row group 1 cannot be read");
    }

    [Fact]
    public void An_unknown_field_is_named() =>
        new RowOptions { Constants = new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = "x" } }.Fault().ShouldNotBeNull().ShouldContain("'kind' is no field");

    private async Task<List<EventRow>> ReadAsync(string path, RowOptions options) =>
        await EventRows.ReadFileAsync(path, options, _parser, cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.Path, name);
        using var file = File.Create(path);
        using var packed = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file;
        packed.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
