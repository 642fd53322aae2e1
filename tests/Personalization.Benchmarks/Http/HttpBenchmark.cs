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

    // What was printed of each party and load, round by round.
    private readonly Dictionary<(string What, string Party), List<(double PerSecond, Latencies Latencies)>> _rounds = [];

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up between measurements.</param>
    /// <returns>Exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var package = ModelPackageLoader.Load(Path.Combine(Repository.Root, "models", "packages", SwapPackages.Name, "1"));
        var shoppers = new Shoppers(options.Users, package.Vocabulary, package.Manifest.MaxLength);
        Console.WriteLine($"{options.Users:N0} shoppers, {package.Vocabulary.Count:N0} items, {Environment.ProcessorCount} cores for service, stores and load generator");
        foreach (var contender in Enumerable.Repeat(options.Parties, options.Rounds).SelectMany(parties => parties).Select(Make))
        {
            await using (contender)
            {
                if (contender.MissingReason is { } reason)
                {
                    Console.WriteLine($"{contender.Name}: not measured: {reason}");
                    continue;
                }

                await contender.StartAsync(shoppers.Histories, cancellationToken);
                await MeasureAsync(contender, shoppers, package.Vocabulary, cancellationToken);
            }
        }

        if (options.Rounds > 1)
        {
            PrintMedians();
        }

        return 0;
    }

    private static IContender Make(HttpParty party) => party switch
    {
        HttpParty.Ours => new OwnContender(apart: false),
        HttpParty.Apart => new OwnContender(apart: true),
        _ => new RivalContender(untuned: party == HttpParty.RedisUntuned),
    };

    private async Task MeasureAsync(IContender contender, Shoppers shoppers, Vocabulary vocabulary, CancellationToken cancellationToken)
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
            Print(contender, $"open loop {rate:N0}/s", await load.OpenAsync(rate, options.Span, meter.Start), meter);
        }

        Print(contender, $"closed loop, {options.Callers} callers", await load.ClosedAsync(options.Callers, options.Span, meter.Start), meter);
        var pages = new Load(async n => (await Task.WhenAll(Page.Select(count => AskAsync(n, count)))).MaxBy(reply => (reply.Source != "model", reply.ServiceMilliseconds)));
        foreach (var rate in options.Rates.Select(rate => rate / Page.Length))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Print(contender, $"open loop {rate:N0} pages/s of {Page.Length} shelves at once", await pages.OpenAsync(rate, options.Span, meter.Start), meter);
        }

        Console.WriteLine($"{contender.Name}: click, then read: {await StaleAsync(contender, shoppers, vocabulary)} of {options.Trials:N0} stale");
    }

    private void PrintMedians()
    {
        Console.WriteLine($"{$"medians of {options.Rounds} rounds",-62}a second       p50       p99     p99.9 ms   p99 of each");
        foreach (var ((what, party), rounds) in _rounds.OrderBy(measured => measured.Key.What, StringComparer.Ordinal))
        {
            var each = string.Join(", ", rounds.Select(round => $"{round.Latencies.P(99):0.00}"));
            Console.WriteLine($"  {what,-46}{party,-16}{Statistics.Median(rounds.Select(round => round.PerSecond)),6:N0}{Of(50),10:0.00}{Of(99),10:0.00}{Of(99.9),10:0.00}      {each}");

            double Of(double percent) => Statistics.Median(rounds.Select(round => round.Latencies.P(percent)));
        }
    }

    private void Print(IContender contender, string what, Outcome outcome, CpuMeter meter)
    {
        var key = (what, contender.Name);
        _rounds[key] = [.. _rounds.GetValueOrDefault(key, []), (outcome.PerSecond, outcome.Latencies)];
        var used = meter.PerEvent(Math.Max(1, outcome.Sent));
        var generator = used[Everything] - used.Where(part => part.Key != Everything).Sum(part => part.Value);
        var cpu = string.Join(", ", used.Where(part => part.Key != Everything).Append(KeyValuePair.Create("generator", generator)).Select(part => $"{part.Key} {part.Value:0}"));
        Console.WriteLine($"{contender.Name}: {what}: {outcome.PerSecond:N0}/s   {outcome.Latencies}   {outcome.Results()}");
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
