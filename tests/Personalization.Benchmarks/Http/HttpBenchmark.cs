using Personalization.Benchmarks.Inference;
using Personalization.Inference.Packages;
using Personalization.Testing;

namespace Personalization.Benchmarks.Http;

/// <summary>
/// Measures all services with the same load, in turn, in many short rounds: a machine that others use too is not the same from one minute to the next, so
/// what is compared was measured within seconds. Those whose turn it is not are up and have nothing to do.
/// </summary>
internal sealed class HttpBenchmark(HttpBenchmarkOptions options)
{
    private const int TrialsAtOnce = 4;
    private const double MostMilliseconds = 20;
    private const double JudgedRate = 2_000;

    // Places of the shelves of a page.
    private static readonly int[] Page = [10, 20, 6];

    // What was printed of each party and load, round by round.
    private readonly Dictionary<(string What, HttpParty Party), List<Round>> _rounds = [];
    private readonly Dictionary<HttpParty, IContender> _contenders = [];
    private readonly Dictionary<IContender, (Load Shelves, Load Pages)> _loads = [];
    private readonly Bars _bars = new();
    private int _stale;

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up between measurements.</param>
    /// <returns>Exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var package = ModelPackageLoader.Load(Path.Combine(Repository.Root, "models", "packages", SwapPackages.Name, "1"));
        var shoppers = new Shoppers(options.Users, package.Vocabulary, package.Manifest.MaxLength);
        Console.WriteLine($"{options.Users:N0} shoppers, {package.Vocabulary.Count:N0} items, {Environment.ProcessorCount} cores for services, stores and load generator");
        try
        {
            await StartAsync(shoppers, cancellationToken);
            for (var round = 0; round < options.Rounds; round++)
            {
                await MeasureAsync(round, cancellationToken);
            }

            foreach (var (party, contender) in _contenders)
            {
                var stale = await StaleAsync(contender, shoppers, package.Vocabulary);
                _stale += party is HttpParty.Ours or HttpParty.Apart ? stale : 0;
                Console.WriteLine($"{contender.Name}: click, then read: {stale} of {options.Trials:N0} stale");
            }
        }
        finally
        {
            foreach (var contender in _contenders.Values)
            {
                await contender.DisposeAsync();
            }
        }

        PrintMedians();
        Judge();
        return _bars.Judge();
    }

    private async Task StartAsync(Shoppers shoppers, CancellationToken cancellationToken)
    {
        foreach (var party in options.Parties.Distinct())
        {
            var contender = Make(party);
            if (contender.MissingReason is { } reason)
            {
                Console.WriteLine($"{contender.Name}: not measured: {reason}");
                await contender.DisposeAsync();
                continue;
            }

            _contenders[party] = contender;
            _loads[contender] = (
                new Load(n => AskAsync(contender, shoppers.Count, n, 10)),
                new Load(async n => (await Task.WhenAll(Page.Select(count => AskAsync(contender, shoppers.Count, n, count)))).MaxBy(reply => (!reply.IsModel, reply.ServiceMilliseconds))));
            await contender.StartAsync(shoppers.Histories, cancellationToken);
            var warm = await _loads[contender].Shelves.ClosedAsync(options.Callers, options.WarmUp);
            Console.WriteLine($"{contender.Name}: ready, and {options.WarmUp.TotalSeconds:0} s of load: {warm.PerSecond:N0}/s");
        }
    }

    private static IContender Make(HttpParty party) => party switch
    {
        HttpParty.Ours => new OwnContender(apart: false),
        HttpParty.Apart => new OwnContender(apart: true),
        _ => new RivalContender(untuned: party == HttpParty.RedisUntuned),
    };

    // Every load with all parties one after the other; another one begins each time.
    private async Task MeasureAsync(int round, CancellationToken cancellationToken)
    {
        Console.WriteLine($"round {round + 1} of {options.Rounds}");
        foreach (var rate in options.Rates)
        {
            await InTurnAsync(OpenLoop(rate), (loads, begin) => loads.Shelves.OpenAsync(rate, options.Span, begin));
        }

        await InTurnAsync(ClosedLoop, (loads, begin) => loads.Shelves.ClosedAsync(options.Callers, options.Span, begin));
        foreach (var rate in options.Rates.Select(rate => rate / Page.Length))
        {
            await InTurnAsync(
                $"open loop {rate:N0} pages/s of {Page.Length} shelves at once", (loads, begin) => loads.Pages.OpenAsync(rate, options.Span, begin));
        }

        async Task InTurnAsync(string what, Func<(Load Shelves, Load Pages), Action, Task<Outcome>> measure)
        {
            foreach (var place in Enumerable.Range(0, _contenders.Count))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (party, contender) = _contenders.ElementAt((round + place) % _contenders.Count);
                var meter = new HttpMeter(contender);
                var outcome = await measure(_loads[contender], meter.Start);
                Print(party, what, outcome, meter);
            }
        }
    }

    // Two sizes in turn: our own cache must not answer.
    private static Task<Reply> AskAsync(IContender contender, int users, int n, int count) => contender.RecommendAsync(n % users, count + (n / users % 2));

    private static string OpenLoop(double rate) => $"open loop {rate:N0}/s";

    private string ClosedLoop => $"closed loop, {options.Callers} callers";

    private void Judge()
    {
        if (!_contenders.ContainsKey(HttpParty.Ours))
        {
            return;
        }

        _bars.Add("no shelf older than the click before it", $"{_stale} stale", _stale == 0);
        if (_rounds.TryGetValue((OpenLoop(JudgedRate), HttpParty.Ours), out var judged))
        {
            var p99 = Statistics.Median(judged.Select(round => round.Latencies.P(99)));
            _bars.Add($"p99 of {MostMilliseconds:0} ms at {JudgedRate:N0}/s", $"{p99:0.00} ms", p99 <= MostMilliseconds);
        }

        foreach (var (party, rival) in _contenders.Where(contender => contender.Value is RivalContender))
        {
            foreach (var rate in options.Rates)
            {
                var times = Times(OpenLoop(rate), party, round => round.Latencies.P(99));
                _bars.Add($"a lower p99 than {rival.Name} at {rate:N0}/s", $"{times.Median:0.00} times its ({times.Least:0.00}-{times.Most:0.00})", times.Median < 1);
            }

            var most = Times(ClosedLoop, party, round => round.ModelPerSecond);
            _bars.Add($"a higher maximum of the model than {rival.Name}", $"{most.Median:0.00} times its ({most.Least:0.00}-{most.Most:0.00})", most.Median > 1);
        }
    }

    // Ours by a rival's, round by round: what the machine did meanwhile, it did to both.
    private (double Median, double Least, double Most) Times(string what, HttpParty rival, Func<Round, double> figure)
    {
        double[] times = [.. _rounds[(what, HttpParty.Ours)].Zip(_rounds[(what, rival)], (ours, its) => figure(ours) / figure(its))];
        return (Statistics.Median(times), times.Min(), times.Max());
    }

    private void PrintMedians()
    {
        Console.WriteLine($"{$"medians of {options.Rounds} round(s)",-62}a second  of the model       p50       p99     p99.9 ms   p99 of each");
        foreach (var ((what, party), rounds) in _rounds.OrderBy(measured => measured.Key.What, StringComparer.Ordinal).ThenBy(measured => measured.Key.Party))
        {
            var each = string.Join(", ", rounds.Select(round => $"{round.Latencies.P(99):0.00}"));
            Console.WriteLine($"  {what,-46}{_contenders[party].Name,-16}{Statistics.Median(rounds.Select(round => round.PerSecond)),6:N0}{Statistics.Median(rounds.Select(round => round.ModelPerSecond)),14:N0}{Of(50),10:0.00}{Of(99),10:0.00}{Of(99.9),10:0.00}      {each}");

            double Of(double percent) => Statistics.Median(rounds.Select(round => round.Latencies.P(percent)));
        }
    }

    private void Print(HttpParty party, string what, Outcome outcome, HttpMeter meter)
    {
        var cpu = meter.Text(Math.Max(1, outcome.Sent));
        var key = (what, party);
        _rounds[key] = [.. _rounds.GetValueOrDefault(key, []), new Round(outcome.ModelPerSecond, outcome.PerSecond, outcome.Latencies)];
        Console.WriteLine($"{_contenders[party].Name}: {what}: {outcome.PerSecond:N0}/s   {outcome.Latencies}   {outcome.Results()}");
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

    private sealed record Round(double ModelPerSecond, double PerSecond, Latencies Latencies);
}
