using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace Personalization.Benchmarks.Allocations;

/// <summary><c>allocations</c>: what the engine allocates for a request, against its budget.</summary>
internal static class AllocationsCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var command = new Command("allocations", "What the engine allocates for a request in steady state, by BenchmarkDotNet; exit code 2 above the budget.");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        var config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(Job.ShortRun.WithToolchain(new InProcessNoEmitToolchain(logOutput: false)))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithArtifactsPath(Directory.CreateTempSubdirectory("personalization-allocations").FullName);
        var summary = BenchmarkRunner.Run<EngineAllocations>(config);
        var isWithin = summary.Reports.Length > 0;
        Console.WriteLine("bytes a request       allocated    budget");
        foreach (var report in summary.Reports)
        {
            var method = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
            var budget = EngineAllocations.Budgets[method];
            var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
            isWithin &= report.Success && allocated <= budget;
            Console.WriteLine($"  {method,-18}{allocated,11:N0}{budget,10:N0}{(allocated <= budget ? "" : "   exceeded")}");
        }

        return isWithin ? 0 : 2;
    }
}
