using System.Collections.Concurrent;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>Two silos, each with packages of its own, change their model under load at one command, and go back at another.</summary>
[Collection(OwnCluster.Collection)]
public sealed class ModelSwapTests(ClusterProcesses servers, ITestOutputHelper output) : IDisposable
{
    private const int Workers = 4;

    /// <summary>So many questions ask for every shelf that is asked for.</summary>
    private const int Questions = 2 * OwnCluster.Shoppers;

    private static readonly HashSet<string> Known = [.. PackageCopy.ReadItems(Path.Combine(Repository.Root, "models", "packages", SwapPackages.Name, "1"))];

    private readonly SwapPackages _first = new();
    private readonly SwapPackages _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task All_silos_follow_the_choice_of_a_model_and_its_withdrawal_and_none_serves_a_broken_one_nor_a_half_of_each()
    {
        await using var cluster = await OwnCluster.CreateAsync(servers);
        await using var first = await StartAsync("silo-1", _first);
        await using var second = await StartAsync("silo-2", _second);
        await cluster.OpenAsync(silos: 2);

        // What each of them gives while nothing else is loaded.
        var lists = new Dictionary<string, string[][]>(StringComparer.Ordinal) { ["1"] = await ServeAsync("1") };
        await ActivateAsync("2", exitCode: 0);
        lists["2"] = await ServeAsync("2");
        await ActivateAsync("1", exitCode: 0);
        await ServeAsync("1");
        lists["1"].Zip(lists["2"]).ShouldAllBe(pair => !pair.First.SequenceEqual(pair.Second));

        using var stop = new CancellationTokenSource();
        var shelves = new ConcurrentQueue<(int Number, RecommendationResponse Shelf)>();
        var load = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var number = worker; !stop.IsCancellationRequested; number += Workers)
            {
                shelves.Enqueue((number, await cluster.AskAsync(number)));
            }
        })).ToArray();
        await AfterMoreAsync();

        (await ActivateAsync("2", exitCode: 0)).ShouldContain("2 of 2 silos serve online-retail/2");
        await ServeAsync("2");
        await using (await StartAsync("silo-3", _first))
        {
            await cluster.WaitForSilosAsync(3);
            await ServeAsync("2");

            (await ActivateAsync("3", exitCode: 1)).ShouldContain("0 of 3 silos serve online-retail/3");
            await ServeAsync("2");
        }

        await cluster.WaitForSilosAsync(2);
        (await ActivateAsync("1", exitCode: 0)).ShouldContain("2 of 2 silos serve online-retail/1");
        await ServeAsync("1");
        await AfterMoreAsync();
        await stop.CancelAsync();
        await Task.WhenAll(load);

        output.WriteLine(string.Join(", ", shelves.GroupBy(asked => $"{asked.Shelf.Source} {asked.Shelf.Model?.Version} {asked.Shelf.FallbackReason}").Select(group => $"{group.Key}: {group.Count()}")));
        shelves.ShouldAllBe(asked => asked.Shelf.Items.Length > 0);
        foreach (var (number, shelf) in shelves.Where(asked => asked.Shelf.Model is not null))
        {
            ListOf(shelf).ShouldBe(lists[shelf.Model!.Version][number % Questions], $"shelf {number}, of version {shelf.Model.Version}");
        }

        // A silo that is killed takes the answers that it owed with it.
        shelves.Count(asked => asked.Shelf.Model is null).ShouldBeLessThan(shelves.Count / 20);

        async Task<SiloProcess> StartAsync(string name, SwapPackages packages) => await cluster.StartSiloAsync(
            name, new("Personalization__Inference__PackagesPath", packages.Root), new("Personalization__Inference__Version", "1"));

        // Every silo says so, and so does every shelf. Gives the shelves.
        async Task<string[][]> ServeAsync(string version)
        {
            var model = new ModelRef(SwapPackages.Name, version);
            await Wait.UntilAsync(
                async () => (await cluster.Client.GetClusterAsync()).Silos.All(silo => silo.Model.Active == model), OwnCluster.Patience, $"all silos serve version {version}");
            RecommendationResponse[] all = [];
            await Wait.UntilAsync(
                async () => (all = await Task.WhenAll(Enumerable.Range(0, Questions).Select(number => cluster.AskAsync(number)))).All(shelf => shelf.Model == model), OwnCluster.Patience, $"all shelves are of version {version}");
            return [.. all.Select(ListOf)];
        }

        async Task AfterMoreAsync()
        {
            var before = shelves.Count;
            await Wait.UntilAsync(() => load.Any(worker => worker.IsFaulted) || shelves.Count > before + 400, OwnCluster.Patience, "more shelves");
        }

        async Task<string> ActivateAsync(string version, int exitCode)
        {
            await using var command = ChildProcess.Start(
                "dotnet", [Repository.Program("client/Personalization.Cli"), "model", "activate", SwapPackages.Name, version, "--url", cluster.Url.ToString()]);
            await command.WaitForExitAsync(OwnCluster.Patience);
            command.ExitCode.ShouldBe(exitCode, command.Output);
            return command.Output;
        }
    }

    // What the model chose: the place for an item that no model knows has another one now and then.
    private static string[] ListOf(RecommendationResponse shelf) => [.. shelf.Items.Select(item => item.ItemId).Where(Known.Contains)];
}
