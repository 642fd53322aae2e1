using System.Collections.Concurrent;
using Personalization.Client;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>Two silos, each with packages of its own, change their model under load at one command, and go back at another.</summary>
[Collection(RoutingTests.OwnClusters)]
public sealed class ModelSwapTests(ClusterProcesses servers, ITestOutputHelper output) : IDisposable
{
    private const int Workers = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly SwapPackages _first = new();
    private readonly SwapPackages _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task All_silos_follow_the_choice_of_a_model_and_its_withdrawal_and_none_serves_a_broken_one()
    {
        await servers.RequireAsync();
        var launcher = await servers.NewClusterAsync();
        await using var first = await StartAsync("silo-1", _first);
        await using var second = await StartAsync("silo-2", _second);
        var url = UrlOf(FreePort.Next());
        await using var gateway = launcher.StartGateway(url.Port);
        await gateway.WaitUntilReadyAsync(url, Patience);
        using var http = new HttpClient { BaseAddress = url };
        var client = new HttpPersonalizationClient(http);
        var shoppers = Enumerable.Range(0, 40).Select(i => $"swap-{i}").ToArray();
        await Parallel.ForEachAsync(shoppers, async (shopper, token) => await client.TrackAsync(await ClusterProcesses.ClickAsync(client, shopper, "85123A"), token));
        await ServeAsync("1");

        using var stop = new CancellationTokenSource();
        var shelves = new ConcurrentQueue<RecommendationResponse>();
        var load = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var number = worker; !stop.IsCancellationRequested; number += Workers)
            {
                shelves.Enqueue(await AskAsync(number));
            }
        })).ToArray();
        await AfterMoreAsync();

        (await ActivateAsync("2", exitCode: 0)).ShouldContain("2 of 2 silos serve online-retail/2");
        await ServeAsync("2");
        await using (await StartAsync("silo-3", _first))
        {
            await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos.Length == 3, Patience, "the third silo in the cluster");
            await ServeAsync("2");

            (await ActivateAsync("3", exitCode: 1)).ShouldContain("0 of 3 silos serve online-retail/3");
            await ServeAsync("2");
        }

        await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos.Length == 2, Patience, "the third silo's end is noticed");
        (await ActivateAsync("1", exitCode: 0)).ShouldContain("2 of 2 silos serve online-retail/1");
        await ServeAsync("1");
        await AfterMoreAsync();
        await stop.CancelAsync();
        await Task.WhenAll(load);

        output.WriteLine(string.Join(", ", shelves.GroupBy(shelf => $"{shelf.Source} {shelf.Model?.Version} {shelf.FallbackReason}").Select(group => $"{group.Key}: {group.Count()}")));
        shelves.ShouldAllBe(shelf => shelf.Items.Length > 0);
        shelves.Select(shelf => shelf.Model?.Version).Distinct().ShouldBeSubsetOf(["1", "2", null]);

        async Task<ChildProcess> StartAsync(string name, SwapPackages packages)
        {
            var ports = FreePort.Take(3);
            var silo = launcher.StartSilo(
                name, ports, [new("Personalization__Inference__PackagesPath", packages.Root), new("Personalization__Inference__Version", "1")]);
            await silo.WaitUntilReadyAsync(UrlOf(ports[2]), Patience);
            return silo;
        }

        // Two sizes in turn: the grain's cache must not answer.
        Task<RecommendationResponse> AskAsync(int number) => client.RecommendAsync(
            shoppers[number % shoppers.Length],
            new RecommendationRequest { Count = 10 + (number / shoppers.Length % 2), Timeout = TimeSpan.FromSeconds(5) });

        // Every silo says so, and so does every shelf.
        async Task ServeAsync(string version)
        {
            var model = new ModelRef(SwapPackages.Name, version);
            await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos.All(silo => silo.Model.Active == model), Patience, $"all silos serve version {version}");
            await Wait.UntilAsync(
                async () => (await Task.WhenAll(Enumerable.Range(0, 2 * shoppers.Length).Select(AskAsync))).All(shelf => shelf.Model == model), Patience, $"all shelves are of version {version}");
        }

        async Task AfterMoreAsync()
        {
            var before = shelves.Count;
            await Wait.UntilAsync(() => load.Any(worker => worker.IsFaulted) || shelves.Count > before + 400, Patience, "more shelves");
        }

        async Task<string> ActivateAsync(string version, int exitCode)
        {
            await using var command = ChildProcess.Start(
                "dotnet", [Repository.Program("client/Personalization.Cli"), "model", "activate", SwapPackages.Name, version, "--url", url.ToString()]);
            await command.WaitForExitAsync(Patience);
            command.ExitCode.ShouldBe(exitCode, command.Output);
            return command.Output;
        }
    }

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");
}
