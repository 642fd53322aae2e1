using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Items;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Benchmarks.Inference;

/// <summary>Measures one silo and the bare model in one process, in turns.</summary>
internal sealed class InferenceBenchmark(InferenceBenchmarkOptions options)
{
    private const double DeadlineMilliseconds = 100;
    private const double Slack = 5;
    private const int LowRate = 10;
    private const string BrokenVersion = "3";
    private static readonly TimeSpan Single = TimeSpan.FromSeconds(34);
    private static readonly TimeSpan Swapping = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);

    private readonly Bars _bars = new();

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up between measurements.</param>
    /// <returns>Exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var packages = new SwapPackages(options.Package);
        using var host = await ServingSilo.StartAsync(
            packages.Root,
            inference =>
            {
                (inference.Workers, inference.Version) = (options.Workers, "1");
                inference.FollowInterval = TimeSpan.FromMilliseconds(200);

                // Runs are kept as ever and answer nobody: every shelf here is a run's.
                inference.ReuseFor = TimeSpan.FromTicks(1);
            },
            users: users => users.ShelfCacheDuration = TimeSpan.Zero);
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var users = new UserAddresses(grains);
        var shelves = host.Services.GetRequiredService<ILocalShelves>();
        var engine = host.Services.GetRequiredService<IOptions<InferenceOptions>>().Value;
        var package = ModelPackageLoader.Load(Path.Combine(packages.Root, SwapPackages.Name, "1"));
        FillCatalog(host.Services.GetRequiredService<ItemCatalog>(), package.Vocabulary);
        var shoppers = new Shoppers(options.Users, package.Vocabulary, package.Manifest.MaxLength);
        await shoppers.FillAsync(grains, TimeProvider.System.GetUtcNow());
        using var bare = new BareLoop(host.Services.GetRequiredService<IModelRunnerFactory>(), package, shoppers, [engine.MaxBatch / 4, engine.MaxBatch / 2, engine.MaxBatch]);
        using var meter = new EngineMeter();
        var router = host.Services.GetRequiredService<IInferenceRouter>();
        var throughGrains = new Load(n => RecommendAsync(users, shelves, n));
        var byMessage = new Load(n => MessageAsync(users, n));
        var questions = shoppers.Questions.Select(question => question with { Count = 20, Budget = TimeSpan.FromMilliseconds(DeadlineMilliseconds) }).ToArray();
        var throughEngine = new Load(n => InferAsync(router, questions[n % questions.Length]));
        Console.WriteLine($"{options.Users:N0} shoppers, {package.Vocabulary.Count:N0} items, {Environment.ProcessorCount} cores, {options.Workers} worker(s), {options.Rounds} round(s) of {options.Span.TotalSeconds:0} s");

        // What is called often is compiled first, which takes a processor for a while.
        foreach (var load in (Load[])[throughEngine, byMessage, throughGrains])
        {
            await load.ClosedAsync(options.Callers, WarmUp);
        }

        await Breakdown.PrintAsync(grains, options.Users);
        var most = await MaximumAsync(bare, throughGrains, byMessage, throughEngine, meter, cancellationToken);
        if (options.Parts.Contains(InferencePart.Latency))
        {
            await LatencyAsync("nothing but runs, in virtual time", (perSecond, span) => bare.PlayVirtual(perSecond, span, engine), most.Grains / 2, most.Run, cancellationToken);
            await LatencyAsync("bare", bare.MeasureOpen, most.Grains / 2, most.Run, cancellationToken);
            await LatencyAsync("engine", MeterOf(throughEngine, meter), most.Grains / 2, most.Run, cancellationToken);
            var (p50, p99) = await LatencyAsync("grains", MeterOf(throughGrains, meter), most.Grains / 2, most.Run, cancellationToken);
            _bars.Add("half of the maximum through the grains, p50 of 2 times the own run at most", $"{p50:0.0}", p50 <= 2);
            _bars.Add("half of the maximum through the grains, p99 of 5 times the own run at most", $"{p99:0.0}", p99 <= 5);
        }

        if (options.Parts.Contains(InferencePart.Single))
        {
            await SingleAsync(bare, throughGrains, cancellationToken);
        }

        if (options.Parts.Contains(InferencePart.Overload))
        {
            await OverloadAsync("engine", throughEngine, most.Engine, meter, cancellationToken);
            await OverloadAsync("grains", throughGrains, most.Grains, meter, cancellationToken);
        }

        if (options.Parts.Contains(InferencePart.Swap))
        {
            await SwapAsync(grains, host.Services.GetRequiredService<IModelStatusSource>(), throughGrains, most.Grains / 2);
        }

        await host.StopAsync(CancellationToken.None);
        if (options.Parts.Contains(InferencePart.Page))
        {
            await PagesAsync();
        }

        return _bars.Judge();

        Task PagesAsync() => new PageBenchmark(options, packages.Root, catalog => FillCatalog(catalog, package.Vocabulary)).RunAsync(cancellationToken);
    }

    private async Task<(double Grains, double Engine, double Run)> MaximumAsync(
        BareLoop bare, Load throughGrains, Load byMessage, Load throughEngine, EngineMeter meter, CancellationToken cancellationToken)
    {
        var sizes = bare.Sizes.ToDictionary(size => size, _ => new List<(double PerSecond, double Cpu)>());
        var all = new List<(double PerSecond, double Cpu)>();
        var (engine, grains, messages) = (new List<(double PerSecond, double Cpu)>(), new List<(double PerSecond, double Cpu)>(), new List<(double PerSecond, double Cpu)>());
        var (runs, model) = (new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (size, measured) in sizes)
            {
                measured.Add(bare.Measure(options.Workers, size, options.Span));
            }

            all.Add(bare.Measure(Environment.ProcessorCount, bare.Sizes[^1], options.Span));
            engine.Add(await MeasureAsync("engine", throughEngine, meter));
            grains.Add(await MeasureAsync("grains", throughGrains, meter));
            (runs, model) = ([.. runs, meter.RunMilliseconds], [.. model, meter.ModelMicroseconds]);
            messages.Add(await MeasureAsync("message", byMessage, meter));
        }

        var one = sizes.Values.MaxBy(PerSecond)!;
        Console.WriteLine("maximum, medians                 a second   of bare   processor us a request");
        foreach (var (size, measured) in sizes)
        {
            Print($"bare, {options.Workers} thread(s), {size} rows", measured);
        }

        Print($"bare, {Environment.ProcessorCount} threads, {bare.Sizes[^1]} rows", all);
        Print("engine", engine);
        Print("grains", grains);
        Print("grains, by message", messages);
        Console.WriteLine(
            $"  processor time of a request through the grains, us: {Cpu(grains):0} = runs {Statistics.Median(model):0} + the rest of the engine, and who asks it {Cpu(engine) - Statistics.Median(model):0}"
            + $" + the shelf {Cpu(grains) - Cpu(engine):0}; a message {Cpu(messages) - Cpu(grains):0} more");
        _bars.Add("85 % of the bare loop through the grains", $"{PerSecond(grains) / PerSecond(one):P0}", PerSecond(grains) >= 0.85 * PerSecond(one));
        return (PerSecond(grains), PerSecond(engine), Statistics.Median(runs));

        static double PerSecond(List<(double PerSecond, double Cpu)> measured) => Statistics.Median(measured.Select(m => m.PerSecond));

        static double Cpu(List<(double PerSecond, double Cpu)> measured) => Statistics.Median(measured.Select(m => m.Cpu));

        void Print(string name, List<(double PerSecond, double Cpu)> measured) => Console.WriteLine(
            $"  {name,-27}{PerSecond(measured),12:N0}{PerSecond(measured) / PerSecond(one),10:P0}{Cpu(measured),12:0}");
    }

    private async Task<(double PerSecond, double Cpu)> MeasureAsync(string name, Load load, EngineMeter meter)
    {
        var outcome = await load.ClosedAsync(options.Callers, options.Span, meter.Start);
        var cpu = meter.CpuMicroseconds(outcome.Sent);
        Console.WriteLine($"  {name,-7}{outcome.PerSecond,9:N0}/s   {outcome.Latencies}   {outcome.Results()}");
        Console.WriteLine($"         processor {cpu:0} us a request, of which the model {meter.ModelMicroseconds:0} us ({meter.RowsPerRun:0.0} rows a run; the model ran {meter.RunSeconds / outcome.Seconds:P0} of the time); {meter.AllocatedBytes(outcome.Sent):N0} bytes allocated a request");
        return (outcome.PerSecond, cpu);
    }

    // Half of the maximum through the grains, and the same arrivals without them, and without the engine.
    private async Task<(double P50, double P99)> LatencyAsync(
        string name, Func<double, TimeSpan, Task<(Outcome Outcome, double RunMilliseconds, string Runs)>> measure, double perSecond, double fullRun, CancellationToken cancellationToken)
    {
        var (p50, p99, middle, tail, own, ownTail) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        Console.WriteLine($"half of the maximum, {perSecond:N0}/s, {name}");

        // What is only called this often is compiled now, on a processor that requests would wait for.
        await measure(perSecond, WarmUp);
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (half, run, runs) = await measure(perSecond, options.Span);
            Console.WriteLine($"  {half.Latencies}   {half.Results()}");
            Console.WriteLine($"         a run {run:0.00} ms {runs}: p50 {half.Latencies.P(50) / run:0.0} x, p99 {half.Latencies.P(99) / run:0.0} x; of its own run p50 {half.TimesOwnRun(50):0.0} x, p99 {half.TimesOwnRun(99):0.0} x; made late p50 {half.Generator.P(50):0.00} p99 {half.Generator.P(99):0.00} ms");
            Console.WriteLine($"         the middle half {half.Parts(25, 75)}; the slowest 2 % {half.Parts(98, 100)}");
            p50.Add(half.Latencies.P(50));
            p99.Add(half.Latencies.P(99));
            middle.Add(p50[^1] / run);
            tail.Add(p99[^1] / run);
            own.Add(half.TimesOwnRun(50));
            ownTail.Add(half.TimesOwnRun(99));
        }

        Console.WriteLine($"  medians: p50 {Statistics.Median(middle):0.0} x, p99 {Statistics.Median(tail):0.0} x the mean run here; {Statistics.Median(own):0.0} x and {Statistics.Median(ownTail):0.0} x its own; "
            + $"{Statistics.Median(p50) / fullRun:0.0} x and {Statistics.Median(p99) / fullRun:0.0} x a run at the maximum ({fullRun:0.00} ms)");
        return (Statistics.Median(own), Statistics.Median(ownTail));
    }

    private static Func<double, TimeSpan, Task<(Outcome Outcome, double RunMilliseconds, string Runs)>> MeterOf(Load load, EngineMeter meter) => async (perSecond, span) =>
    {
        var outcome = await load.OpenAsync(perSecond, span, meter.Start);
        return (outcome, meter.RunMilliseconds, $"of {meter.RowsPerRun:0.0} rows, {meter.Pauses()}");
    };

    private async Task SingleAsync(BareLoop bare, Load throughGrains, CancellationToken cancellationToken)
    {
        var (alone, through) = (new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            alone.AddRange((await bare.MeasureSingle(LowRate, Single)).Answers.Select(answer => answer.Milliseconds));
            through.AddRange((await throughGrains.OpenAsync(LowRate, Single)).Answers.Select(answer => answer.Milliseconds));
        }

        var (single, low) = (new Latencies(alone), new Latencies(through));
        var more = low.P(99) - single.P(99);
        Console.WriteLine($"{LowRate}/s:  grains {low}   bare single run {single}   p99 +{more:0.00} ms");
        _bars.Add($"{LowRate}/s, p99 at most 3 ms over the bare run", $"+{more:0.00} ms", more <= 3);
    }

    private async Task OverloadAsync(string name, Load load, double most, EngineMeter meter, CancellationToken cancellationToken)
    {
        var (goodput, tooLate) = (new List<double>(), 0);
        Console.WriteLine($"3 x the maximum, {name}, {3 * most:N0}/s");
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var over = await load.OpenAsync(3 * most, options.Span, meter.Start);
            var runs = $"{meter.RowsPerRun:0.0} rows a run, the model ran {meter.RunSeconds / over.Seconds:P0} of the time; {meter.Pauses()}";
            var heap = GC.GetTotalMemory(forceFullCollection: true) / 1048576.0;
            goodput.Add(over.Goodput(DeadlineMilliseconds));
            var late = over.Answers.Count(answer => answer.Milliseconds > DeadlineMilliseconds + Slack);
            tooLate += late;
            Console.WriteLine($"  goodput {goodput[^1]:N0}/s = {goodput[^1] / most:P0} of the maximum"
                + $"   {late:N0} of {over.Sent:N0} later than the deadline + {Slack:0} ms"
                + $"   {over.Latencies}   {over.Results()}   {runs}   heap afterwards {heap:0} MiB");
        }

        var share = Statistics.Median(goodput) / most;
        Console.WriteLine($"  median: {share:P0} of the maximum");
        _bars.Add($"3 x the maximum, {name}: goodput of 90 % of it", $"{share:P0}", share >= 0.9);
        _bars.Add($"3 x the maximum, {name}: no answer later than the deadline and {Slack:0} ms", $"{tooLate:N0} later", tooLate == 0);
    }

    private async Task SwapAsync(IGrainFactory grains, IModelStatusSource status, Load load, double perSecond)
    {
        var asked = load.OpenAsync(perSecond, Swapping);
        var model = grains.GetGrain<IModelGrain>(0);
        var spans = new List<(long From, long To)>();
        foreach (var version in (string[])["2", "3", "2", "1"])
        {
            var chosen = Stopwatch.GetTimestamp();
            await model.SetDesired(new ModelRef(SwapPackages.Name, version));
            while (version == BrokenVersion ? status.GetStatus().Error is null : status.GetStatus().Active?.Version != version)
            {
                await Task.Delay(20);
            }

            if (!asked.IsCompleted)
            {
                spans.Add((chosen, Stopwatch.GetTimestamp()));
            }
        }

        var outcome = await asked;
        var failed = outcome.Answers.Count(answer => answer.Reply.Source.EndsWith(nameof(Exception), StringComparison.Ordinal));
        Console.WriteLine($"swap under load, {perSecond:N0}/s, {spans.Count} choices (one of them a broken package, refused: {status.GetStatus().Active}):  {outcome.Latencies}   {outcome.Results()}");
        Console.WriteLine($"  from a choice until it is served: {outcome.Within(spans)}");
        _bars.Add("swap under load: no request fails", $"{failed:N0} of {outcome.Sent:N0} failed in {spans.Count} swaps", failed == 0 && spans.Count > 1);
    }

    private async Task<Reply> RecommendAsync(UserAddresses users, ILocalShelves shelves, int number)
    {
        var user = Shoppers.IdOf(number % options.Users);
        var shelf = await shelves.RecommendAsync(
            user,
            users.Of(user),
            new RecommendationRequest { Count = 10, Sent = SendStamp.Now(TimeProvider.System) },
            CancellationToken.None);
        return ReplyOf(shelf);
    }

    private async Task<Reply> MessageAsync(UserAddresses users, int number) => ReplyOf(
        await users.Of(Shoppers.IdOf(number % options.Users)).Recommend(new RecommendationRequest { Count = 10, Sent = SendStamp.Now(TimeProvider.System) }, CancellationToken.None));

    private static Reply ReplyOf(RecommendationResponse shelf) => new(shelf.FallbackReason?.ToString() ?? Reply.Model, shelf.Timings.Queue, shelf.Timings.Inference);

    private static async Task<Reply> InferAsync(IInferenceRouter router, InferenceRequest question)
    {
        var answer = await router.InferAsync(question, CancellationToken.None);
        return new Reply(answer.Status == InferenceStatus.Ok ? Reply.Model : answer.Status.ToString(), answer.QueueMs, answer.RunMs);
    }

    private static void FillCatalog(ItemCatalog catalog, Vocabulary vocabulary)
    {
        for (var i = 1; i < vocabulary.Width; i++)
        {
            catalog.Put(new Item { ItemId = vocabulary[i], Title = vocabulary[i], Categories = [$"c{i % 40}"], Price = i % 50 });
        }

        catalog.MarkLoaded();
    }
}
