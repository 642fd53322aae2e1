using System.IO.Compression;
using System.Text;
using Personalization.Testing;

namespace Personalization.Cli.Tests;

/// <summary>The programs themselves: whether a cut file is noticed is a matter of how they are configured.</summary>
public sealed class UnusableFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_packed_file_that_is_cut_off_is_bad_input_and_is_not_converted()
    {
        var path = Path.Combine(_directory.Path, "rows.csv.gz");
        await using (var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            await packed.WriteAsync(Encoding.UTF8.GetBytes("userId,itemId,type,timestamp\nu,i,view,2011-01-02T03:04:05Z\nu,i,view,2011-01-02T03:04:06Z\n"));
        }

        await ExpectAsync(ExitCodes.Ok, "2 events, 0 rows", "bootstrap", path, "--dry-run");
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path))[..^9]);

        await ExpectAsync(ExitCodes.BadInput, $"{path}: Found truncated data", "bootstrap", path, "--dry-run");
        await ExpectAsync(ExitCodes.BadInput, $"{path}: Found truncated data", "convert", path, Path.Combine(_directory.Path, "events.jsonl"));
        Directory.GetFiles(_directory.Path).ShouldBe([path]);
    }

    [Fact]
    public async Task A_file_in_another_encoding_is_bad_input()
    {
        var path = Path.Combine(_directory.Path, "rows.csv");
        await File.WriteAllBytesAsync(path, Encoding.Latin1.GetBytes("userId,itemId,type,timestamp\nu,café,view,2011-01-02T03:04:05Z\n"));

        await ExpectAsync(ExitCodes.BadInput, $"{path}: Column 'itemId' of row 1 is not UTF-8.", "bootstrap", path, "--dry-run");
    }

    private static async Task ExpectAsync(int code, string text, params string[] arguments)
    {
        await using var process = ChildProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Personalization.Cli.dll"), .. arguments]);
        await process.WaitForExitAsync(Patience);
        process.ExitCode.ShouldBe(code, process.Output);
        process.Output.ShouldContain(text);
    }
}
