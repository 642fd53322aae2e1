using System.CommandLine;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary>How the rows of a file become events.</summary>
internal sealed class RowArguments
{
    private readonly Option<RowFormat?> _format = new("--format") { Description = "Default: what the file's name tells: .csv, .parquet, otherwise JSON lines; .gz aside.", HelpName = "jsonl|csv|parquet" };
    private readonly Option<Dictionary<string, string>> _map = Pairs("--map", "A field's column where it is called otherwise, for instance userId=CustomerID; may be given again.");
    private readonly Option<Dictionary<string, string>> _set = Pairs("--set", "A value of a field that the file does not hold, for instance type=purchase; may be given again.");
    private readonly Option<string?> _timeFormat = new("--time-format") { Description = "Format of times, for instance \"yyyy-MM-dd HH:mm:ss\" (UTC unless it holds an offset), or unix for seconds. Default: ISO 8601 with an offset, or milliseconds since 1970." };

    public RowArguments() => _format.CustomParser = result => (result.Tokens is [var token] ? token.Value : string.Empty) switch
    {
        "jsonl" => RowFormat.JsonLines,
        "csv" => RowFormat.Csv,
        "parquet" => RowFormat.Parquet,
        var other => Refuse(result, $"--format is one of jsonl, csv, parquet, not '{other}'."),
    };

    public void AddTo(Command command)
    {
        command.Add(_format);
        command.Add(_map);
        command.Add(_set);
        command.Add(_timeFormat);
    }

    public RowFormat? Format(ParseResult parsed) => parsed.GetValue(_format);

    public RowOptions Read(ParseResult parsed)
    {
        var options = new RowOptions
        {
            Columns = parsed.GetValue(_map) ?? [],
            Constants = parsed.GetValue(_set) ?? [],
            TimeFormat = parsed.GetValue(_timeFormat),
        };
        return options.Fault() is { } fault ? throw new CommandException(ExitCodes.Usage, fault) : options;
    }

    private static RowFormat? Refuse(System.CommandLine.Parsing.ArgumentResult result, string sentence)
    {
        result.AddError(sentence);
        return null;
    }

    private static Option<Dictionary<string, string>> Pairs(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "field=value",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result =>
        {
            var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var text in result.Tokens.Select(token => token.Value))
            {
                var split = text.IndexOf('=', StringComparison.Ordinal);
                if (split <= 0 || split == text.Length - 1 || !pairs.TryAdd(text[..split], text[(split + 1)..]))
                {
                    result.AddError($"{name} takes field=value, each field once, not '{text}'.");
                }
            }

            return pairs;
        },
    };
}
