using System.CommandLine;
using System.Globalization;
using Personalization.Cli.Load;

namespace Personalization.Cli.Commands;

/// <summary>The options of <c>load</c>.</summary>
internal sealed class LoadArguments
{
    private static readonly LoadOptions Defaults = new() { Url = new Uri("http://localhost/") };

    private readonly Option<LoadScenario> _scenario = Choice("--scenario", "click: an event, then the shelf that must know it. recommend: a shelf. rank: an order. visit: whole visits of shelves, clicks and orders; a trial is a step. freshness: an event to Kafka until the shelf knows it and until it is durable, beside a background stream.", Defaults.Scenario);
    private readonly Option<double> _rate = Common.Positive("--rate", "Arrivals per second (of visit: visits).", Defaults.Rate);
    private readonly Option<string> _arrivals = new("--arrivals") { Description = "poisson: as independent shoppers arrive. constant: evenly spaced.", DefaultValueFactory = _ => "poisson" };
    private readonly Option<int?> _trials = new("--trials") { Description = "Measured arrivals. Default: 1,000, or as many as --duration holds." };
    private readonly Option<TimeSpan?> _duration = new("--duration") { Description = "Measures as long as this, for instance 60s.", CustomParser = result => Durations.Read(result) };
    private readonly Option<int> _warmUp = Common.Count("--warm-up", "Arrivals before the measured ones.", Defaults.WarmUp, 0, 10_000_000);
    private readonly Option<int> _users = Common.Count("--users", "Users to choose from; 0: a new user for each arrival.", Defaults.Users, 0, int.MaxValue);
    private readonly Option<double> _userSkew = Common.NotNegative("--user-skew", "Zipf skew of the users; 0: even.", Defaults.UserSkew, "--zipf");
    private readonly Option<double> _itemSkew = Common.NotNegative("--item-skew", "Zipf skew of the items; 0: even.", Defaults.ItemSkew);
    private readonly Option<TimeSpan> _timeout = Durations.Option("--timeout", "How long an answer may take.", Defaults.Timeout);
    private readonly Option<int> _count = Common.Count("--count", "Items of a shelf.", Defaults.Count, 1, 100);
    private readonly Option<int> _rankItems = Common.Count("--rank-items", "Items to order.", Defaults.RankItems, 1, 1_000);
    private readonly Option<double> _visitClicks = Common.NotNegative("--visit-clicks", "Clicks of a visit on average.", Defaults.VisitClicks);
    private readonly Option<TimeSpan> _think = Durations.Option("--think", "Time between the steps of a visit on average.", Defaults.Think);
    private readonly Option<int> _maxOpen = Common.Count("--max-open", "Arrivals that may be open at a time; beyond, one is an error.", Defaults.MaxOpen, 1, 1_000_000);
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of all choices.", DefaultValueFactory = _ => Defaults.Seed };
    private readonly Option<double?> _maxP99 = Bound("--max-p99", "Bound on the 99th percentile of a whole trial, ms; missed: exit code 2.");
    private readonly Option<double?> _maxDurable = Bound("--max-durable-p99", "Of freshness: bound on the 99th percentile until durable, ms.");
    private readonly Option<int> _maxStale = Common.Count("--max-stale", "Bound on stale answers.", 0, 0, int.MaxValue);
    private readonly Option<int> _maxErrors = Common.Count("--max-errors", "Bound on errors.", 0, 0, int.MaxValue);
    private readonly Option<string?> _source = new("--require-source") { Description = "Every answer must come from it, for instance model." };

    public LoadArguments()
    {
        _arrivals.AcceptOnlyFromAmong("poisson", "constant");
        _source.AcceptOnlyFromAmong("model", "last_good", "similar", "trending", "catalog");
        _trials.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError("--trials must be at least 1.");
            }
        });
    }

    /// <summary>How the gateway is reached.</summary>
    public GatewayArguments Gateway { get; } = new();

    private Option[] All =>
    [
        _scenario, _rate, _arrivals, _trials, _duration, _warmUp, _users, _userSkew, _itemSkew, _timeout, _count, _rankItems, _visitClicks, _think,
        _maxOpen, _seed, _maxP99, _maxDurable, _maxStale, _maxErrors, _source,
    ];

    public void AddTo(Command command)
    {
        Gateway.AddTo(command);
        Array.ForEach(All, command.Add);
    }

    public LoadOptions Options(ParseResult parsed)
    {
        var options = new LoadOptions
        {
            Url = Gateway.Url(parsed)!,
            Scenario = parsed.GetValue(_scenario),
            Rate = parsed.GetValue(_rate),
            Poisson = parsed.GetValue(_arrivals) == "poisson",
            Duration = parsed.GetValue(_duration),
            Trials = parsed.GetValue(_trials) ?? (parsed.GetValue(_duration) is null ? 1_000 : null),
            WarmUp = parsed.GetValue(_warmUp),
            Users = parsed.GetValue(_users),
            UserSkew = parsed.GetValue(_userSkew),
            ItemSkew = parsed.GetValue(_itemSkew),
            Timeout = parsed.GetValue(_timeout),
            Count = parsed.GetValue(_count),
            RankItems = parsed.GetValue(_rankItems),
            VisitClicks = parsed.GetValue(_visitClicks),
            Think = parsed.GetValue(_think),
            MaxOpen = parsed.GetValue(_maxOpen),
            Seed = parsed.GetValue(_seed),
        };
        return options.Timeout >= TimeSpan.FromMilliseconds(1) && options.Timeout <= TimeSpan.FromSeconds(10)
            ? options
            : throw new CommandException(ExitCodes.Usage, "--timeout must be from 1ms to 10s.");
    }

    public LoadBounds Bounds(ParseResult parsed) => new()
    {
        MaxP99 = parsed.GetValue(_maxP99),
        MaxDurableP99 = parsed.GetValue(_maxDurable),
        MaxStale = parsed.GetValue(_maxStale),
        MaxErrors = parsed.GetValue(_maxErrors),
        RequiredSource = parsed.GetValue(_source),
    };

    // What is no number is never missed.
    private static Option<double?> Bound(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } bound && !(double.IsFinite(bound) && bound > 0))
            {
                result.AddError($"{name} must be a number of more than 0, not '{bound}'.");
            }
        });
        return option;
    }

    private static Option<T> Choice<T>(string name, string description, T value)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(known => known.ToLower(CultureInfo.InvariantCulture)).ToArray();
        var option = new Option<T>(name)
        {
            Description = description,
            DefaultValueFactory = _ => value,
            HelpName = string.Join('|', names),
            CustomParser = result =>
            {
                var text = result.Tokens is [var token] ? token.Value : string.Empty;
                if (!names.Contains(text, StringComparer.Ordinal))
                {
                    result.AddError($"{name} is one of {string.Join(", ", names)}, not '{text}'.");
                    return value;
                }

                return Enum.Parse<T>(text, ignoreCase: true);
            },
        };
        return option;
    }
}
