using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Benchmarks.Inference;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Inference.Models;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;
using Personalization.Models;
using Personalization.Testing;

namespace Personalization.Benchmarks.Soak;

/// <summary>Runs the shipped model behind a host. Shapes are drawn from one seed; memory is what the system says of the process.</summary>
internal sealed class SoakBenchmark(TimeSpan duration, int callers, double mostGrowth)
{
    private const int Samples = 40;
    private const int SamplesBetweenSwaps = 4;
    private const int LongestPause = 20;
    private const double Mebibyte = 1048576;

    private readonly List<(TimeSpan At, double Resident, double Heap, long Answers)> _samples = [];
    private long _answers;
    private long _failed;

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>0; 2 when memory grew or a request got no answer.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var packages = new SwapPackages();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var options = Options.Create(new InferenceOptions { PackagesPath = packages.Root, Model = SwapPackages.Name, Version = "1" });
        await using var host = new ModelHost(
            options,
            new OnnxModelRunnerFactory(options, NullLogger<OnnxModelRunnerFactory>.Instance),
            new ItemCatalog(),
            TimeProvider.System,
            new InferenceInstruments(services.GetRequiredService<IMeterFactory>()),
            NullLoggerFactory.Instance);
        if (!await host.LoadDefaultAsync())
        {
            throw new InvalidOperationException(host.GetStatus().Error);
        }

        var vocabulary = ModelPackageLoader.Load(Path.Combine(packages.Root, SwapPackages.Name, "1")).Vocabulary;
        var started = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = Enumerable.Range(0, callers).Select(caller => Task.Run(() => AskAsync(host, vocabulary, caller, stop.Token), CancellationToken.None)).ToArray();
        Console.WriteLine("  minutes   resident MiB   heap MiB    answers");
        for (var sample = 1; sample <= Samples; sample++)
        {
            await Task.Delay(duration / Samples, cancellationToken);
            Take(Stopwatch.GetElapsedTime(started));
            if (sample % SamplesBetweenSwaps == 0)
            {
                await host.LoadAsync(new ModelRef(SwapPackages.Name, host.Current!.Model.Version == "1" ? "2" : "1"));
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(asking);
        return Judge();
    }

    private async Task AskAsync(ModelHost host, Vocabulary vocabulary, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        while (!cancellationToken.IsCancellationRequested)
        {
            var answer = await host.InferAsync(Draw(random, vocabulary, host.Current!.MaxLength), CancellationToken.None);
            Interlocked.Increment(ref _answers);
            if (answer.Status != InferenceStatus.Ok)
            {
                Interlocked.Increment(ref _failed);
            }

            // Pauses of random length make batches of random size.
            await Task.Delay(random.Next(LongestPause), CancellationToken.None);
        }
    }

    private static InferenceRequest Draw(Random random, Vocabulary vocabulary, int maxLength)
    {
        var length = random.Next(1, maxLength + 1);
        return new InferenceRequest
        {
            ItemIds = Items(length),
            Types = [.. Enumerable.Range(0, length).Select(_ => random.Next(2) == 0 ? EventType.View : EventType.Purchase)],
            Timestamps = [.. Enumerable.Range(0, length).Select(i => i * 60_000L)],
            Now = length * 60_000L,
            UserId = $"shopper-{random.Next(10_000)}",
            Count = random.Next(0, 101),
            Exclude = Items(random.Next(20)),
            Candidates = random.Next(4) == 0 ? Items(random.Next(1, 200)) : null,
            Priority = (InferencePriority)random.Next(3),
            Budget = TimeSpan.FromSeconds(30),
        };

        string[] Items(int count) => [.. Enumerable.Range(0, count).Select(_ => vocabulary[random.Next(1, vocabulary.Width)])];
    }

    private void Take(TimeSpan at)
    {
        // What garbage happens to lie about says nothing: it is collected and given back first.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var sample = (At: at, Resident: CpuMeter.ResidentMebibytes(Environment.ProcessId), Heap: GC.GetTotalMemory(forceFullCollection: false) / Mebibyte, Answers: Interlocked.Read(ref _answers));
        _samples.Add(sample);
        Console.WriteLine($"  {at.TotalMinutes,7:0.0}{sample.Resident,15:0.0}{sample.Heap,11:0.0}{sample.Answers,11:N0}   {new string('#', (int)(sample.Resident / 8))}");
    }

    private int Judge()
    {
        // The first quarter fills pools and arenas.
        var (early, late) = Statistics.Quarters(_samples.ConvertAll(sample => sample.Resident));
        var isFlat = late - early <= mostGrowth;
        Console.WriteLine($"resident memory, median of the second quarter {early:0.0} MiB, of the last {late:0.0} MiB: {late - early:+0.0;-0.0} MiB ({(isFlat ? "flat" : "it grows")}); {_answers:N0} requests, {_failed:N0} without an answer");
        return isFlat && _failed == 0 ? 0 : 2;
    }
}
