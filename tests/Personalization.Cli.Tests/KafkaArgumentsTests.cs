using System.CommandLine;
using System.IO.Compression;
using Personalization.Cli.Commands;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Cli.Tests;

public sealed class KafkaArgumentsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly KafkaArguments _arguments = new();
    private readonly Command _command = new("export");

    public KafkaArgumentsTests() => _arguments.AddTo(_command);

    private string SettingsFile => Path.Combine(_directory.Path, "kafka.conf");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_file_of_settings_is_read_as_kcat_reads_it()
    {
        await File.WriteAllTextAsync(SettingsFile, "# the shop's\n\n  security.protocol = SASL_SSL \r\n\t# sasl.username=x\nsasl.password=a=b#c \nssl.key.password=\n");

        var kafka = await ReadAsync("--kafka-config", SettingsFile);

        kafka.Settings.ShouldBe(new Dictionary<string, string> { ["security.protocol"] = "SASL_SSL", ["sasl.password"] = "a=b#c", ["ssl.key.password"] = string.Empty }, ignoreOrder: true);
        kafka.BootstrapServers.ShouldBe("localhost:9092");
    }

    [Fact]
    public async Task A_setting_of_the_command_line_wins_over_the_file_and_the_servers_over_both()
    {
        await File.WriteAllTextAsync(SettingsFile, "metadata.broker.list=file:1\nclient.id=file\nsasl.username=file\n");
        string[] settings = ["--kafka-config", SettingsFile, "--kafka", "client.id=line", "--kafka", "linger.ms=0"];

        var kafka = await ReadAsync(settings);
        kafka.BootstrapServers.ShouldBe("file:1");
        kafka.Settings["client.id"].ShouldBe("line");
        kafka.Settings["linger.ms"].ShouldBe("0");
        kafka.Settings["sasl.username"].ShouldBe("file");
        (await ReadAsync([.. settings, "--kafka", "bootstrap.servers=line:2"])).BootstrapServers.ShouldBe("line:2");
        (await ReadAsync([.. settings, "--kafka", "bootstrap.servers=line:2", "--bootstrap-servers", "option:3"])).BootstrapServers.ShouldBe("option:3");
    }

    [Fact]
    public async Task Without_any_option_it_is_the_Kafka_of_this_machine()
    {
        (await ReadAsync()).BootstrapServers.ShouldBe("localhost:9092");
        _arguments.IsGiven(Parse()).ShouldBeFalse();
        _arguments.IsGiven(Parse("--bootstrap-servers", "a:1")).ShouldBeTrue();
        _arguments.IsGiven(Parse("--kafka", "client.id=x")).ShouldBeTrue();
        _arguments.IsGiven(Parse("--kafka-config", SettingsFile)).ShouldBeTrue();
    }

    /// <summary>The line itself may be a secret.</summary>
    [Theory]
    [InlineData("hunter2")]
    [InlineData("=hunter2")]
    public async Task A_line_that_is_no_setting_is_named_by_its_file_and_number(string line)
    {
        await File.WriteAllTextAsync(SettingsFile, $"# first\nsasl.username=x\n{line}\n");

        var (code, sentence) = Common.Explain(await Should.ThrowAsync<InvalidDataException>(() => ReadAsync("--kafka-config", SettingsFile)))!.Value;

        code.ShouldBe(ExitCodes.BadInput);
        sentence.ShouldStartWith($"{SettingsFile}, line 3: ");
        sentence.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_no_input() =>
        Common.Explain(await Should.ThrowAsync<FileNotFoundException>(() => ReadAsync("--kafka-config", SettingsFile)))!.Value.Code.ShouldBe(ExitCodes.NoInput);

    [Theory]
    [InlineData("export", "events.jsonl")]
    [InlineData("generate", "--events", "1")]
    [InlineData("produce", "events.jsonl")]
    [InlineData("bootstrap", "events.jsonl")]
    [InlineData("replay", "--dataset", ".")]
    public async Task Every_command_hands_its_settings_on_to_Kafkas_client(params string[] line)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "events.jsonl"), string.Empty);
        await using (var events = new StreamWriter(new GZipStream(File.Create(Path.Combine(_directory.Path, OnlineRetailDataset.EventsFile)), CompressionLevel.Fastest)))
        {
            await events.WriteLineAsync("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country");
        }

        await using var process = ChildProcess.Start(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "Personalization.Cli.dll"), .. line, "--kafka", "no.such.setting=1"], workingDirectory: _directory.Path);
        await process.WaitForExitAsync(TimeSpan.FromMinutes(1));

        process.ExitCode.ShouldBe(ExitCodes.Usage, process.Output);
        process.Output.ShouldContain("No such configuration property: \"no.such.setting\"");
        process.Output.ShouldContain("Look at --kafka and --kafka-config");
    }

    private ParseResult Parse(params string[] line) => new RootCommand { _command }.Parse(["export", .. line]);

    private Task<KafkaConnection> ReadAsync(params string[] line) => _arguments.ReadAsync(Parse(line), TestContext.Current.CancellationToken);
}
