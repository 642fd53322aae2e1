using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Personalization.Testing;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Replay.Rows;

/// <summary>Files that would be read as something else than they hold.</summary>
public sealed class UnusableFileTests : IDisposable
{
    private const string Row = """{"userId":"u","itemId":"i","type":"view","timestamp":"2011-01-02T03:04:05Z"}""" + "\n";
    private readonly TemporaryDirectory _directory = new();
    private readonly EventParser _parser = new(ShopClock.Wall(new FakeTimeProvider(Some.Start)));

    public void Dispose() => _directory.Dispose();

    /// <summary>The runtime takes a packed file that was cut off for a whole one: the row at the cut came as a wrong one, the rest was missing.</summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 30)]
    public async Task A_packed_file_that_is_cut_off_is_refused_and_named(int members, int missing)
    {
        var path = Write("rows.jsonl.gz", [.. Enumerable.Repeat(Pack(Row + Row), members).SelectMany(bytes => bytes).SkipLast(missing)]);

        var fault = await Should.ThrowAsync<InvalidDataException>(() => ReadAsync(path));

        fault.Message.ShouldStartWith(path);
        fault.Message.ShouldContain("truncated");
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    public async Task A_packed_file_of_whole_members_is_read_to_its_end(int members, int rows) =>
        (await ReadAsync(Write("rows.jsonl.gz", [.. Enumerable.Repeat(Pack(Row + Row), members).SelectMany(bytes => bytes)]))).Count.ShouldBe(rows);

    [Fact]
    public void A_data_set_that_is_cut_off_is_refused()
    {
        var packed = Pack("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n1,i,1,2011-01-02 03:04:05,2.5,17850.0\n");
        OnlineRetailDataset.Load(Write("whole.csv.gz", packed)).ShouldHaveSingleItem().UserId.ShouldBe("17850");

        Should.Throw<InvalidDataException>(() => OnlineRetailDataset.Load(Write("cut.csv.gz", packed[..^9])));
    }

    /// <summary>Letters of Latin-1 became U+FFFD: two items that differ in such a letter were one from then on.</summary>
    [Theory]
    [InlineData("rows.csv", "userId,itemId,type,timestamp\nu,i,view,2011-01-02T03:04:05Z\nu,café,view,2011-01-02T03:04:05Z\n", "itemId' of row 2")]
    [InlineData("rows.jsonl", Row + "\n" + """{"userId":"u","itemId":"café","type":"view","timestamp":"2011-01-02T03:04:05Z"}""", "Row 3")]
    public async Task A_row_that_is_not_UTF_8_is_refused_and_named(string name, string text, string place)
    {
        (await ReadAsync(Write(name, Encoding.UTF8.GetBytes(text)))).ShouldContain(row => row.Event!.ItemId == "café");
        var path = Write(name, Encoding.Latin1.GetBytes(text));

        var fault = await Should.ThrowAsync<InvalidDataException>(() => ReadAsync(path));

        fault.Message.ShouldStartWith(path);
        fault.Message.ShouldContain(place);
        fault.Message.ShouldContain("Convert the file to UTF-8");
    }

    [Fact]
    public async Task Columns_that_no_event_takes_may_be_anything()
    {
        var path = Write("rows.csv", Encoding.Latin1.GetBytes("userId,itemId,type,timestamp,title\nu,i,view,2011-01-02T03:04:05Z,Café\n"));

        (await ReadAsync(path)).ShouldHaveSingleItem().Event.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("a\ufffdb")]
    [InlineData("\ufeffa")]
    public async Task The_file_s_own_odd_characters_are_kept(string item)
    {
        var path = Write("rows.csv", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($"userId,itemId,type,timestamp\nu,{item},view,2011-01-02T03:04:05Z\n")]);

        (await ReadAsync(path)).ShouldHaveSingleItem().Event!.ItemId.ShouldBe(item);
    }

    [Fact]
    public async Task An_item_that_is_not_UTF_8_is_refused_and_named()
    {
        var path = Write("items.jsonl", Encoding.Latin1.GetBytes("{\"itemId\":\"i\",\"title\":\"t\"}\n{\"itemId\":\"j\",\"title\":\"Café\"}\n"));

        var fault = await Should.ThrowAsync<InvalidDataException>(async () => await ItemFile.ReadAsync(path).ToListAsync());

        fault.Message.ShouldStartWith($"{path}, line 2 is not UTF-8");
    }

    private async Task<List<EventRow>> ReadAsync(string path) =>
        await EventRows.ReadFileAsync(path, new RowOptions(), _parser, cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Pack(string text)
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            packed.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }
}
