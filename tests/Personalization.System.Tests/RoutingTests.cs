using System.Collections.Concurrent;
using System.Globalization;
using Personalization.Client;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>User silos without an engine and inference silos, as real processes of a cluster of their own.</summary>
[Collection(OwnClusters)]
public sealed class RoutingTests(ClusterProcesses servers, ITestOutputHelper output)
{
    /// <summary>Tests that start a cluster of their own go one after the other.</summary>
    internal const string OwnClusters = "clusters of their own";

    private const int Workers = 4;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);
    private static readonly KeyValuePair<string, string> UserSilo = new("Personalization__Cluster__Roles", "Users,Ingestion");
    private static readonly KeyValuePair<string, string> InferenceSilo = new("Personalization__Cluster__Roles", "Inference");

    [Fact]
    public async Task An_inference_silo_that_is_killed_and_one_that_joins_are_noticed_and_shelves_keep_coming_from_the_model()
    {
        await servers.RequireAsync();
        var launcher = await servers.NewClusterAsync();
        await using var users = await StartAsync("users", UserSilo);
        await using var first = await StartAsync("inference-1", InferenceSilo);
        await using var second = await StartAsync("inference-2", InferenceSilo);
        var url = UrlOf(FreePort.Next());
        await using var gateway = launcher.StartGateway(url.Port);
        await gateway.WaitUntilReadyAsync(url, StartTimeout);
        using var http = new HttpClient { BaseAddress = url };
        var client = new HttpPersonalizationClient(http);
        var shoppers = Enumerable.Range(0, 40).Select(i => $"routed-{i}").ToArray();
        await Parallel.ForEachAsync(shoppers, async (shopper, token) => await client.TrackAsync(await ClusterProcesses.ClickAsync(client, shopper, "85123A"), token));
        await Wait.UntilAsync(async () => (await AskAsync(0)).Source == RecommendationSource.Model, StartTimeout, "a shelf of the model");

        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentQueue<string>();
        var load = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var number = worker; !stop.IsCancellationRequested; number += Workers)
            {
                var shelf = await AskAsync(number);
                answers.Enqueue(shelf.FallbackReason?.ToString() ?? shelf.Source.ToString());
            }
        })).ToArray();
        await Wait.UntilAsync(async () => await first.RunsAsync() > 50 && await second.RunsAsync() > 50, StartTimeout, "both inference silos run the model");
        (await users.RunsAsync()).ShouldBe(0);

        first.Process.Signal("KILL");
        await first.Process.WaitForExitAsync(StartTimeout);
        var killed = answers.Count;
        await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos.Length == 2, StartTimeout, "the cluster notices the loss");
        var noticed = answers.Count;
        await Wait.UntilAsync(() => answers.Count > noticed + 400, StartTimeout, "answers after the loss");
        await using var third = await StartAsync("inference-3", InferenceSilo);
        await Wait.UntilAsync(async () => await third.RunsAsync() > 50, StartTimeout, "the new inference silo runs the model");
        await stop.CancelAsync();
        await Task.WhenAll(load);

        var all = answers.ToArray();
        Tell("before the kill", all[..killed]);
        Tell("until it is noticed", all[killed..noticed]);
        Tell("after that", all[noticed..]);
        all[..killed].ShouldAllBe(answer => answer == "Model");

        // Who was asked of the killed silo when it died learns of it at the deadline and gets another shelf; nobody after that.
        all[killed..].Count(answer => answer != "Model").ShouldBeLessThanOrEqualTo(2 * Workers);
        all[^300..].ShouldAllBe(answer => answer == "Model");

        // Two sizes in turn: the grain's cache must not answer.
        Task<RecommendationResponse> AskAsync(int number) => client.RecommendAsync(
            shoppers[number % shoppers.Length],
            new RecommendationRequest { Count = 10 + (number / shoppers.Length % 2), Timeout = TimeSpan.FromSeconds(5) });

        async Task<Silo> StartAsync(string name, KeyValuePair<string, string> roles)
        {
            var ports = FreePort.Take(3);
            var silo = new Silo(launcher.StartSilo(name, ports, [roles]), UrlOf(ports[2]));
            await silo.Process.WaitUntilReadyAsync(silo.Url, StartTimeout);
            return silo;
        }
    }

    private void Tell(string when, string[] answers) => output.WriteLine(
        $"{when}: {string.Join(", ", answers.GroupBy(answer => answer).Select(group => $"{group.Key} {group.Count()}"))}");

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");

    private sealed record Silo(ChildProcess Process, Uri Url) : IAsyncDisposable
    {
        /// <summary>How often it ran the model, from its metrics.</summary>
        public async Task<double> RunsAsync()
        {
            using var http = new HttpClient { BaseAddress = Url };
            var metrics = await http.GetStringAsync(new Uri("metrics", UriKind.Relative));
            return metrics.Split('\n').Where(line => line.StartsWith("personalization_inference_run_duration_seconds_count", StringComparison.Ordinal))
                .Sum(line => double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
        }

        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
