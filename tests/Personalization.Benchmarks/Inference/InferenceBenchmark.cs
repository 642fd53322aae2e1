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
    private static readonly TimeSpan Single = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Swapping = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);

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
        using var bare = new BareLoop(host.Services.GetRequiredService<IModelRunnerFactory>(), package, shoppers, engine.MaxBatch);
        using var meter = new EngineMeter();
        var router = host.Services.GetRequiredService<IInferenceRouter>();
        var throughGrains = new Load(n => RecommendAsync(users, shelves, n));
        var throughEngine = new Load(n => InferAsync(router, shoppers, n));
        Console.WriteLine($"{options.Users:N0} shoppers, {package.Vocabulary.Count:N0} items, {Environment.ProcessorCount} cores, {options.Workers} worker(s), {options.Rounds} round(s) of {options.Span.TotalSeconds:0} s");

        await throughGrains.ClosedAsync(options.Callers, options.Span);
        await Breakdown.PrintAsync(grains, options.Users);
        var most = await MaximumAsync(bare, throughGrains, throughEngine, meter, cancellationToken);
        if (options.Parts.Contains(InferencePart.Latency))
        {
            await LatencyAsync("nothing but runs, in virtual time", (perSecond, span) => bare.PlayVirtual(perSecond, span, engine), most.Grains / 2, most.Run, cancellationToken);
            await LatencyAsync("bare", bare.MeasureOpen, most.Grains / 2, most.Run, cancellationToken);
            await LatencyAsync("engine", MeterOf(throughEngine, meter), most.Grains / 2, most.Run, cancellationToken);
            await LatencyAsync("grains", MeterOf(throughGrains, meter), most.Grains / 2, most.Run, cancellationToken);
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

        return 0;

        Task PagesAsync() => new PageBenchmark(options, packages.Root, catalog => FillCatalog(catalog, package.Vocabulary)).RunAsync(cancellationToken);
    }

    private async Task<(double Grains, double Engine, double Run)> MaximumAsync(
        BareLoop bare, Load throughGrains, Load throughEngine, EngineMeter meter, CancellationToken cancellationToken)
    {
        var (one, all) = (new List<(double PerSecond, double Cpu)>(), new List<(double PerSecond, double Cpu)>());
        var (engine, grains) = (new List<(double PerSecond, double Cpu)>(), new List<(double PerSecond, double Cpu)>());
        var runs = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            one.Add(bare.Measure(options.Workers, options.Span));
            all.Add(bare.Measure(Environment.ProcessorCount, options.Span));
            engine.Add(await MeasureAsync("engine", throughEngine, meter));
            grains.Add(await MeasureAsync("grains", throughGrains, meter));
            runs.Add(meter.RunMilliseconds);
        }

        Console.WriteLine("maximum, medians        a second   of bare   processor us a request");
        Print($"bare, {options.Workers} thread(s)", one);
        Print($"bare, {Environment.ProcessorCount} threads", all);
        Print("engine", engine);
        Print("grains", grains);
        return (Statistics.Median(grains.Select(m => m.PerSecond)), Statistics.Median(engine.Select(m => m.PerSecond)), Statistics.Median(runs));

        void Print(string name, List<(double PerSecond, double Cpu)> measured) => Console.WriteLine(
            $"  {name,-18}{Statistics.Median(measured.Select(m => m.PerSecond)),12:N0}{Statistics.Median(measured.Select(m => m.PerSecond)) / Statistics.Median(one.Select(m => m.PerSecond)),10:P0}{Statistics.Median(measured.Select(m => m.Cpu)),12:0}");
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
    private async Task LatencyAsync(
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
            alone.AddRange(bare.MeasureSingle((int)(Single.TotalSeconds * LowRate), TimeSpan.FromSeconds(1.0 / LowRate)));
            through.AddRange((await throughGrains.OpenAsync(LowRate, Single)).Answers.Select(answer => answer.Milliseconds));
        }

        var (single, low) = (new Latencies(alone), new Latencies(through));
        Console.WriteLine($"{LowRate}/s:  grains {low}   bare single run {single}   p99 +{low.P(99) - single.P(99):0.00} ms");
    }

    private async Task OverloadAsync(string name, Load load, double most, EngineMeter meter, CancellationToken cancellationToken)
    {
        var goodput = new List<double>();
        Console.WriteLine($"3 x the maximum, {name}, {3 * most:N0}/s");
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var over = await load.OpenAsync(3 * most, options.Span, meter.Start);
            var runs = $"{meter.RowsPerRun:0.0} rows a run, the model ran {meter.RunSeconds / over.Seconds:P0} of the time; {meter.Pauses()}";
            var heap = GC.GetTotalMemory(forceFullCollection: true) / 1048576.0;
            goodput.Add(over.Goodput(DeadlineMilliseconds));
            Console.WriteLine($"  goodput {goodput[^1]:N0}/s = {goodput[^1] / most:P0} of the maximum"
                + $"   {over.Answers.Count(answer => answer.Milliseconds > DeadlineMilliseconds + Slack):N0} of {over.Sent:N0} later than the deadline + {Slack:0} ms"
                + $"   {over.Latencies}   {over.Results()}   {runs}   heap afterwards {heap:0} MiB");
        }

        Console.WriteLine($"  median: {Statistics.Median(goodput) / most:P0} of the maximum");
    }

    private static async Task SwapAsync(IGrainFactory grains, IModelStatusSource status, Load load, double perSecond)
    {
        var load1 = load.OpenAsync(perSecond, Swapping);
        var model = grains.GetGrain<IModelGrain>(0);
        var swaps = 0;
        foreach (var version in (string[])["2", "3", "2", "1"])
        {
            await model.SetDesired(new ModelRef(SwapPackages.Name, version));
            var broken = version == "3";
            while (!load1.IsCompleted && (broken ? status.GetStatus().Error is null : status.GetStatus().Active?.Version != version))
            {
                await Task.Delay(20);
            }

            swaps++;
        }

        var outcome = await load1;
        Console.WriteLine($"swap under load, {perSecond:N0}/s, {swaps} choices (one of them a broken package, refused: {status.GetStatus().Active}):  {outcome.Latencies}   {outcome.Results()}");
    }

    private async Task<Reply> RecommendAsync(UserAddresses users, ILocalShelves shelves, int number)
    {
        var user = Shoppers.IdOf(number % options.Users);
        var shelf = await shelves.RecommendAsync(
            user,
            users.Of(user),
            new RecommendationRequest { Count = 10, Sent = SendStamp.Now(TimeProvider.System) },
            CancellationToken.None);
        return new Reply(shelf.FallbackReason?.ToString() ?? "model", shelf.Timings.Queue, shelf.Timings.Inference);
    }

    private static async Task<Reply> InferAsync(IInferenceRouter router, Shoppers shoppers, int number)
    {
        var history = shoppers.Histories[number % shoppers.Count];
        var answer = await router.InferAsync(
            new InferenceRequest
            {
                ItemIds = history,
                Types = new Events.EventType[history.Length],
                Timestamps = new long[history.Length],
                Now = 60_000,
                Count = 20,
                Budget = TimeSpan.FromMilliseconds(DeadlineMilliseconds),
            },
            CancellationToken.None);
        return new Reply(answer.Status == InferenceStatus.Ok ? "model" : answer.Status.ToString(), answer.QueueMs, answer.RunMs);
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
