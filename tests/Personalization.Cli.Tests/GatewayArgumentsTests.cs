using System.CommandLine;
using System.IO.Compression;
using System.Net;
using Personalization.Cli.Commands;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Cli.Tests;

public sealed class GatewayArgumentsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpListener _gateway = new();
    private readonly string _url = $"http://127.0.0.1:{FreePort.Next()}/";

    public GatewayArgumentsTests()
    {
        _gateway.Prefixes.Add(_url);
        _gateway.Start();
    }

    public void Dispose()
    {
        _gateway.Close();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("inspect", "u1")]
    [InlineData("erase", "u1")]
    [InlineData("model", "list")]
    [InlineData("model", "activate", "shop", "2")]
    [InlineData("model", "challenge", "shop", "2")]
    [InlineData("load", "--trials", "1")]
    [InlineData("verify", "--synthetic", "--events", "1", "--start", "2026-01-31T08:00:00Z")]
    [InlineData("replay", "--rate", "0")]
    public async Task Every_command_sends_the_headers_to_the_gateway(params string[] line)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, OnlineRetailDataset.ItemsFile), """{"itemId":"i1","title":"A mug"}""");
        await using (var events = new StreamWriter(new GZipStream(File.Create(Path.Combine(_directory.Path, OnlineRetailDataset.EventsFile)), CompressionLevel.Fastest)))
        {
            await events.WriteLineAsync("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country");
        }

        var root = new RootCommand { UserCommands.Inspect(), UserCommands.Erase(), ModelCommand.Create(), LoadCommand.Create(), VerifyCommand.Create(), ReplayCommand.Create() };
        string[] dataset = line[0] == "replay" ? ["--dataset", _directory.Path] : [];
        var run = root.Parse([.. line, .. dataset, "--url", _url, "--header", "Authorization: Bearer a:b", "--header", "X-Shop:1"]).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
        var asked = await _gateway.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        asked.Response.StatusCode = (int)HttpStatusCode.Forbidden;
        asked.Response.Close();

        asked.Request.Headers["Authorization"].ShouldBe("Bearer a:b");
        asked.Request.Headers["X-Shop"].ShouldBe("1");
        (await run).ShouldBe(ExitCodes.Different);
    }
}
