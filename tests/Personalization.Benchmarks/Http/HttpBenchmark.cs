using Personalization.Benchmarks.Inference;
using Personalization.Inference.Packages;
using Personalization.Testing;

namespace Personalization.Benchmarks.Http;

/// <summary>Measures both services with the same load, one after the other, with nothing of the other one running.</summary>
internal sealed class HttpBenchmark(HttpBenchmarkOptions options)
{
    private const int TrialsAtOnce = 4;

    // Places of the shelves of a page.
    private static readonly int[] Page = [10, 20, 6];

    // This process with its children.
    private const string Everything = "everything";

    private const double MostMilliseconds = 20;
    private const double JudgedRate = 2_000;

    // What was printed of each party and load, round by round.
    private readonly Dictionary<(string What, HttpParty Party), List<(double ModelPerSecond, double PerSecond, Latencies Latencies)>> _rounds = [];
    private readonly Dictionary<HttpParty, string> _names = [];
    private readonly Bars _bars = new();
    private int _stale;

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up between measurements.</param>
    /// <returns>Exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var package = ModelPackageLoader.Load(Path.Combine(Repository.Root, "models", "packages", SwapPackages.Name, "1"));
        var shoppers = new Shoppers(options.Users, package.Vocabulary, package.Manifest.MaxLength);
        Console.WriteLine($"{options.Users:N0} shoppers, {package.Vocabulary.Count:N0} items, {Environment.ProcessorCount} cores for service, stores and load generator");
        foreach (var party in Enumerable.Range(0, options.Rounds).SelectMany(InTurn))
        {
            var contender = Make(party);
            await using (contender)
            {
                if (contender.MissingReason is { } reason)
                {
                    Console.WriteLine($"{contender.Name}: not measured: {reason}");
                    continue;
                }

                _names[party] = contender.Name;
                await contender.StartAsync(shoppers.Histories, cancellationToken);
                await MeasureAsync(party, contender, shoppers, package.Vocabulary, cancellationToken);
            }
        }

        PrintMedians();
        Judge();
        return _bars.Judge();
    }

    // Another one begins each round: nobody has the better half of every one.
    private IEnumerable<HttpParty> InTurn(int round) => options.Parties.Select((_, place) => options.Parties[(place + round) % options.Parties.Length]);

    private static IContender Make(HttpParty party) => party switch
    {
        HttpParty.Ours => new OwnContender(apart: false),
        HttpParty.Apart => new OwnContender(apart: true),
        _ => new RivalContender(untuned: party == HttpParty.RedisUntuned),
    };

    private async Task MeasureAsync(HttpParty party, IContender contender, Shoppers shoppers, Vocabulary vocabulary, CancellationToken cancellationToken)
    {
        // Two sizes in turn: our own cache must not answer.
        Task<Reply> AskAsync(int n, int count) => contender.RecommendAsync(n % shoppers.Count, count + (n / shoppers.Count % 2));
        var load = new Load(n => AskAsync(n, 10));
        var meter = new CpuMeter();
        foreach (var (name, process) in contender.Processes)
        {
            meter.Add(name, process);
        }

        meter.Add(Everything, Environment.ProcessId);
        await load.ClosedAsync(options.Callers, options.WarmUp);
        foreach (var rate in options.Rates)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Print(party, OpenLoop(rate), await load.OpenAsync(rate, options.Span, meter.Start), meter);
        }

        Print(party, ClosedLoop, await load.ClosedAsync(options.Callers, options.Span, meter.Start), meter);
        var pages = new Load(async n => (await Task.WhenAll(Page.Select(count => AskAsync(n, count)))).MaxBy(reply => (!reply.IsModel, reply.ServiceMilliseconds)));
        foreach (var rate in options.Rates.Select(rate => rate / Page.Length))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Print(party, $"open loop {rate:N0} pages/s of {Page.Length} shelves at once", await pages.OpenAsync(rate, options.Span, meter.Start), meter);
        }

        var stale = await StaleAsync(contender, shoppers, vocabulary);
        _stale += party is HttpParty.Ours or HttpParty.Apart ? stale : 0;
        Console.WriteLine($"{contender.Name}: click, then read: {stale} of {options.Trials:N0} stale");
    }

    private static string OpenLoop(double rate) => $"open loop {rate:N0}/s";

    private string ClosedLoop => $"closed loop, {options.Callers} callers";

    private void Judge()
    {
        if (!options.Parties.Contains(HttpParty.Ours))
        {
            return;
        }

        _bars.Add("no shelf older than the click before it", $"{_stale} stale", _stale == 0);
        if (P99(HttpParty.Ours, OpenLoop(JudgedRate)) is { } p99)
        {
            _bars.Add($"p99 of {MostMilliseconds:0} ms at {JudgedRate:N0}/s", $"{p99:0.00} ms", p99 <= MostMilliseconds);
        }

        foreach (var rival in options.Parties.Where(party => party is HttpParty.Redis or HttpParty.RedisUntuned))
        {
            foreach (var rate in options.Rates)
            {
                if ((P99(HttpParty.Ours, OpenLoop(rate)), P99(rival, OpenLoop(rate))) is ({ } own, { } other))
                {
                    _bars.Add($"a lower p99 than {_names[rival]} at {rate:N0}/s", $"{own:0.00} and {other:0.00} ms", own < other);
                }
            }

            if ((MostOf(HttpParty.Ours), MostOf(rival)) is ({ } most, { } its))
            {
                _bars.Add($"a higher maximum than {_names[rival]}", $"{most:N0} and {its:N0} of the model a second", most > its);
            }
        }

        double? MostOf(HttpParty party) => _rounds.TryGetValue((ClosedLoop, party), out var rounds) ? Statistics.Median(rounds.Select(round => round.ModelPerSecond)) : null;

        double? P99(HttpParty party, string what) => _rounds.TryGetValue((what, party), out var rounds) ? Statistics.Median(rounds.Select(round => round.Latencies.P(99))) : null;
    }

    private void PrintMedians()
    {
        Console.WriteLine($"{$"medians of {options.Rounds} round(s)",-62}a second  of the model       p50       p99     p99.9 ms   p99 of each");
        foreach (var ((what, party), rounds) in _rounds.OrderBy(measured => measured.Key.What, StringComparer.Ordinal))
        {
            var each = string.Join(", ", rounds.Select(round => $"{round.Latencies.P(99):0.00}"));
            Console.WriteLine($"  {what,-46}{_names[party],-16}{Statistics.Median(rounds.Select(round => round.PerSecond)),6:N0}{Statistics.Median(rounds.Select(round => round.ModelPerSecond)),14:N0}{Of(50),10:0.00}{Of(99),10:0.00}{Of(99.9),10:0.00}      {each}");

            double Of(double percent) => Statistics.Median(rounds.Select(round => round.Latencies.P(percent)));
        }
    }

    private void Print(HttpParty party, string what, Outcome outcome, CpuMeter meter)
    {
        var key = (what, party);
        _rounds[key] = [.. _rounds.GetValueOrDefault(key, []), (outcome.ModelPerSecond, outcome.PerSecond, outcome.Latencies)];
        var used = meter.PerEvent(Math.Max(1, outcome.Sent));
        var generator = used[Everything] - used.Where(part => part.Key != Everything).Sum(part => part.Value);
        var cpu = string.Join(", ", used.Where(part => part.Key != Everything).Append(KeyValuePair.Create("generator", generator)).Select(part => $"{part.Key} {part.Value:0}"));
        Console.WriteLine($"{_names[party]}: {what}: {outcome.PerSecond:N0}/s   {outcome.Latencies}   {outcome.Results()}");
        Console.WriteLine($"      processor us a request: {cpu}");
        Console.WriteLine($"      on average {outcome.Parts(0, 100)}; the slowest 1 % {outcome.Parts(99, 100)}");
    }

    private async Task<int> StaleAsync(IContender contender, Shoppers shoppers, Vocabulary vocabulary)
    {
        var stale = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, options.Trials),
            new ParallelOptions { MaxDegreeOfParallelism = TrialsAtOnce },
            async (trial, _) =>
            {
                if (!await contender.ClickThenReadAsync(trial % shoppers.Count, vocabulary[1 + (trial % vocabulary.Count)]))
                {
                    Interlocked.Increment(ref stale);
                }
            });
        return stale;
    }
}
