using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary>The options of a synthetic stream: the same ones make it and verify it.</summary>
internal sealed class WorkloadArguments
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ";
    private static readonly WorkloadOptions Defaults = new() { Start = default };

    private readonly Option<long> _events = Number("--events", "Different events.", Defaults.Events);
    private readonly Option<int> _users = Number("--users", "Users.", Defaults.Users);
    private readonly Option<double> _userSkew = Number("--user-skew", "Zipf skew of the users; 0: even.", Defaults.UserSkew);
    private readonly Option<int> _items = Number("--items", "Items, with made-up ids.", Defaults.Items);
    private readonly Option<FileInfo?> _catalogue = new("--items-file") { Description = "A catalogue (items.jsonl) whose ids are used instead." };
    private readonly Option<double> _itemSkew = Number("--item-skew", "Zipf skew of the items; 0: even.", Defaults.ItemSkew);
    private readonly Option<int> _seed = Number("--seed", "Seed: equal options make an equal stream.", Defaults.Seed);
    private readonly Option<string?> _name = new("--name") { Description = "Begins all ids of users and events. Default: s<seed>." };
    private readonly Option<DateTimeOffset?> _start = new("--start") { Description = "Time of the first event (ISO 8601). Default: as long ago as the span.", CustomParser = ReadTime };
    private readonly Option<TimeSpan> _span = Durations.Option("--span", "From the first event to the last.", Defaults.Span);
    private readonly Option<double> _sessionEvents = Number("--session-events", "Events of a visit on average.", Defaults.SessionEvents);
    private readonly Option<TimeSpan> _sessionGap = Durations.Option("--session-gap", "Between two events of a visit on average.", Defaults.SessionGap);
    private readonly Option<EventMix> _mix = new("--mix") { Description = "What shoppers do, for instance view=70,click=20,purchase=10.", DefaultValueFactory = _ => Defaults.Mix, CustomParser = ReadMix };
    private readonly Option<double> _retries = Number("--retries", "Share of events that are sent twice, 0 to 0.5.", Defaults.RetryShare);
    private readonly Option<double> _late = Number("--late", "Share of events that arrive out of order, 0 to 1.", Defaults.LateShare);
    private readonly Option<TimeSpan> _maxDelay = Durations.Option("--max-delay", "How late at most.", Defaults.MaxDelay);

    private Option[] All =>
        [_events, _users, _userSkew, _items, _catalogue, _itemSkew, _seed, _name, _start, _span, _sessionEvents, _sessionGap, _mix, _retries, _late, _maxDelay];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="start">Stands in for a start that was left out; null: it must be given.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A valid stream.</returns>
    public async Task<SyntheticWorkload> ReadAsync(ParseResult parsed, DateTimeOffset? start, CancellationToken cancellationToken)
    {
        var options = new WorkloadOptions
        {
            Events = parsed.GetValue(_events),
            Users = parsed.GetValue(_users),
            UserSkew = parsed.GetValue(_userSkew),
            Items = parsed.GetValue(_items),
            ItemIds = parsed.GetValue(_catalogue) is { } file
                ? await ItemFile.ReadAsync(file.FullName, cancellationToken).Select(item => item.ItemId).ToArrayAsync(cancellationToken)
                : null,
            ItemSkew = parsed.GetValue(_itemSkew),
            Seed = parsed.GetValue(_seed),
            Name = parsed.GetValue(_name),
            Span = parsed.GetValue(_span),
            Start = parsed.GetValue(_start) ?? start
                ?? throw new CommandException(ExitCodes.Usage, "--start is needed: the time that 'generate' printed when it made the stream."),
            SessionEvents = parsed.GetValue(_sessionEvents),
            SessionGap = parsed.GetValue(_sessionGap),
            Mix = parsed.GetValue(_mix)!,
            RetryShare = parsed.GetValue(_retries),
            LateShare = parsed.GetValue(_late),
            MaxDelay = parsed.GetValue(_maxDelay),
        };
        return options.Fault() is { } fault ? throw new CommandException(ExitCodes.Usage, fault) : new SyntheticWorkload(options);
    }

    /// <summary>The options as they were typed, with the start that was chosen: what verifies the stream.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="start">The start.</param>
    /// <returns>A part of a command line.</returns>
    public string Repeat(ParseResult parsed, DateTimeOffset start)
    {
        var typed = All.Where(option => option != _start && parsed.GetResult(option) is { Implicit: false })
            .Select(option => $"{option.Name} {string.Join(' ', parsed.GetResult(option)!.Tokens.Select(token => token.Value.Contains(' ', StringComparison.Ordinal) ? $"\"{token.Value}\"" : token.Value))}");
        return string.Join(' ', [.. typed, $"--start {start.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}"]);
    }

    private static Option<T> Number<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static DateTimeOffset? ReadTime(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : string.Empty;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        result.AddError($"'{text}' is no time such as 2026-01-31T08:00:00Z.");
        return null;
    }

    private static EventMix? ReadMix(ArgumentResult result)
    {
        try
        {
            return EventMix.Parse(result.Tokens is [var token] ? token.Value : string.Empty);
        }
        catch (FormatException exception)
        {
            result.AddError(exception.Message);
            return null;
        }
    }
}
