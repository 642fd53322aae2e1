using Personalization.Testing;

namespace Personalization.Replay.Rows;

public sealed class ItemFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Of_an_item_with_several_lines_the_last_one_counts_and_one_that_was_removed_is_none()
    {
        var path = Path.Combine(_directory.Path, "items.jsonl");
        await File.WriteAllTextAsync(path, """
            {"itemId":"mug","title":"Mug"}
            {"itemId":"gone","title":"Gone"}
            {"itemId":"back","title":"Back","removed":true}

            {"itemId":"mug","title":"A larger mug"}
            {"itemId":"gone","removed":true}
            {"itemId":"back","removed":true}
            {"itemId":"back","title":"Back again"}
            """, TestContext.Current.CancellationToken);

        var items = await ItemFile.ReadAsync(path, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        items.Select(item => item.Title).ShouldBe(["A larger mug", "Back again"]);
    }

    [Theory]
    [InlineData("""{"itemId":"mug","removed":false}""")]
    [InlineData("""{"itemId":7,"removed":true}""")]
    [InlineData("""{"itemId":"\ud800","removed":true}""")]
    [InlineData("""["removed"]""")]
    [InlineData("removed")]
    public async Task What_only_looks_like_a_removal_is_refused_and_named(string line)
    {
        var path = Path.Combine(_directory.Path, "items.jsonl");
        await File.WriteAllTextAsync(path, line, TestContext.Current.CancellationToken);

        var fault = await Should.ThrowAsync<InvalidDataException>(async () => await ItemFile.ReadAsync(path).ToListAsync());

        fault.Message.ShouldStartWith($"{path}, line 1");
    }
}
