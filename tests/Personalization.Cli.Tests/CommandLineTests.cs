using System.CommandLine;
using System.Text.Json;
using Personalization.Cli.Commands;
using Personalization.Client;
using Personalization.Replay;

namespace Personalization.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("load --rate 0", "--rate must be a number of more than 0")]
    [InlineData("load --rate nan", "--rate must be a number of more than 0")]
    [InlineData("load --trials 0", "--trials must be at least 1")]
    [InlineData("load --max-p99 nan", "--max-p99 must be a number of more than 0")]
    [InlineData("load --max-durable-p99 -5", "--max-durable-p99 must be a number of more than 0")]
    [InlineData("load --duration soon", "no length of time")]
    [InlineData("load --scenario swim", "--scenario is one of click, recommend, rank, visit, freshness")]
    [InlineData("load --users -1", "--users must be from 0")]
    [InlineData("verify --concurrency 0", "--concurrency must be from 1")]
    [InlineData("verify --url ftp://x", "no address")]
    [InlineData("generate --rate -1", "--rate must be a number of at least 0")]
    [InlineData("generate --mix look=1", "no weight")]
    [InlineData("generate --start yesterday", "no time")]
    [InlineData("model challenge", "Name the model by name and version, or give --end")]
    [InlineData("model challenge shop", "Name the model by name and version, or give --end")]
    [InlineData("model challenge shop 2 --end", "Name the model by name and version, or give --end")]
    [InlineData("model challenge shop 2 --percent 101", "--percent takes 0 to 100")]
    [InlineData("model challenge shop 2 --percent 0.4", "--percent takes 0 to 100, without a fraction")]
    [InlineData("export f --kafka security.protocol", "--kafka takes key=value")]
    [InlineData("export f --kafka =SSL", "--kafka takes key=value")]
    [InlineData("inspect u --header Authorization", "--header takes a request header")]
    [InlineData("inspect u --header Authorization:", "--header takes a request header")]
    [InlineData("inspect u --header :secret", "--header takes a request header")]
    [InlineData("inspect u --header Content-Type:text/plain", "--header takes a request header")]
    [InlineData("inspect u --header X-Key:a\nb", "--header takes a request header")]
    [InlineData("bootstrap f.csv --map userId", "--map takes field=value")]
    [InlineData("bootstrap f.csv --format xml", "--format is one of")]
    public void A_bad_value_is_named(string line, string sentence)
    {
        var root = new RootCommand
        {
            LoadCommand.Create(), VerifyCommand.Create(), GenerateCommand.Create(), BootstrapCommand.Create(), ModelCommand.Create(), ExportCommand.Create(), UserCommands.Inspect(),
        };

        root.Parse(line.Split(' ')).Errors.Select(error => error.Message).ShouldContain(message => message.Contains(sentence.Replace("no weight", "not a weight", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("30s", 30)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7_200)]
    [InlineData("7d", 604_800)]
    public void Lengths_of_time_are_read(string text, double seconds)
    {
        Durations.TryParse(text, out var length).ShouldBeTrue();
        length.TotalSeconds.ShouldBe(seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("5w")]
    public void Other_lengths_are_not(string text) => Durations.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void What_goes_wrong_outside_is_a_sentence_and_an_exit_code_and_a_fault_of_the_program_is_not()
    {
        Common.Explain(new HttpRequestException("refused"))!.Value.Code.ShouldBe(ExitCodes.Unavailable);
        Common.Explain(new TaskCanceledException())!.Value.Code.ShouldBe(ExitCodes.Unavailable);
        Common.Explain(new TimeoutException("late"))!.Value.ShouldBe((ExitCodes.Unavailable, "late"));
        Common.Explain(new KafkaUnavailableException("no broker"))!.Value.Code.ShouldBe(ExitCodes.Unavailable);
        Common.Explain(new KafkaSettingsException("unknown"))!.Value.Code.ShouldBe(ExitCodes.Usage);
        Common.Explain(Should.Throw<ArgumentException>(() => new KafkaConnection("")))!.Value.Code.ShouldBe(ExitCodes.Usage);
        Common.Explain(new FileNotFoundException("gone"))!.Value.Code.ShouldBe(ExitCodes.NoInput);
        Common.Explain(new InvalidDataException("bad"))!.Value.Code.ShouldBe(ExitCodes.BadInput);
        Common.Explain(new JsonException("bad"))!.Value.Code.ShouldBe(ExitCodes.BadInput);
        Common.Explain(new PersonalizationApiException(System.Net.HttpStatusCode.BadRequest, "no", "{}"))!.Value.Code.ShouldBe(ExitCodes.Different);
        Common.Explain(new CommandException(ExitCodes.Usage, "so not"))!.Value.ShouldBe((ExitCodes.Usage, "so not"));
        Common.Explain(new InvalidOperationException()).ShouldBeNull();
    }

    /// <summary>It was no input, 66, that the script which calls has to look for.</summary>
    [Fact]
    public async Task A_disk_that_is_full_has_a_code_of_its_own()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full.");
        var full = await Should.ThrowAsync<IOException>(async () =>
        {
            await using var file = JsonLinesFile.Create("/dev/full");
            await file.WriteAsync(new byte[100_000]);
        });

        Common.Explain(full)!.Value.Code.ShouldBe(ExitCodes.NoRoom);
    }

    [Theory]
    [InlineData("--events 500 --late 0.1 --mix view=1")]
    [InlineData("--events 500 --start 2025-12-24T20:00:00+02:00")]
    [InlineData("--events 500 --start 2025-12-24T20:00:00.25Z")]
    [InlineData("--events 500 --name \"christmas eve\"")]
    public async Task The_options_that_made_a_stream_are_repeated_to_verify_it(string typed)
    {
        var arguments = new WorkloadArguments();
        var command = new Command("generate");
        arguments.AddTo(command);
        var root = new RootCommand { command };
        var parsed = root.Parse("generate " + typed);
        var made = await arguments.ReadAsync(parsed, new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero), TestContext.Current.CancellationToken);

        var line = arguments.Repeat(parsed, made.Options.Start);
        var again = await arguments.ReadAsync(root.Parse("generate " + line), null, TestContext.Current.CancellationToken);

        again.ShouldBe(made);
        line.Split("--start").Length.ShouldBe(2, line);
        (await Should.ThrowAsync<CommandException>(() => arguments.ReadAsync(root.Parse("generate"), null, CancellationToken.None))).ExitCode.ShouldBe(ExitCodes.Usage);
    }
}
