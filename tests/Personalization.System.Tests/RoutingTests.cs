using System.Collections.Concurrent;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>Silos with and without an engine, as real processes of a cluster of their own.</summary>
[Collection(OwnCluster.Collection)]
public sealed class RoutingTests(ClusterProcesses servers, ITestOutputHelper output)
{
    private const int Workers = 4;
    private static readonly KeyValuePair<string, string> UserSilo = new("Personalization__Cluster__Roles", "Users,Ingestion");
    private static readonly KeyValuePair<string, string> InferenceSilo = new("Personalization__Cluster__Roles", "Inference");

    [Fact]
    public async Task An_inference_silo_that_is_killed_and_one_that_joins_are_noticed_and_shelves_keep_coming_from_the_model()
    {
        await using var cluster = await OwnCluster.CreateAsync(servers);
        await using var users = await cluster.StartSiloAsync("users", UserSilo);
        await using var first = await cluster.StartSiloAsync("inference-1", InferenceSilo);
        await using var second = await cluster.StartSiloAsync("inference-2", InferenceSilo);
        await cluster.OpenAsync(silos: 3);

        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentQueue<string>();
        var load = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var number = worker; !stop.IsCancellationRequested; number += Workers)
            {
                var shelf = await cluster.AskAsync(number);
                answers.Enqueue(shelf.FallbackReason?.ToString() ?? shelf.Source.ToString());
            }
        })).ToArray();
        await Wait.UntilAsync(async () => await first.RunsAsync() > 50 && await second.RunsAsync() > 50, OwnCluster.Patience, "both inference silos run the model");
        (await users.RunsAsync()).ShouldBe(0);

        first.Process.Signal("KILL");
        await first.Process.WaitForExitAsync(OwnCluster.Patience);
        var killed = answers.Count;
        await cluster.WaitForSilosAsync(2);
        var noticed = answers.Count;
        await Wait.UntilAsync(() => answers.Count > noticed + 400, OwnCluster.Patience, "answers after the loss");
        await using var third = await cluster.StartSiloAsync("inference-3", InferenceSilo);
        await Wait.UntilAsync(async () => await third.RunsAsync() > 50, OwnCluster.Patience, "the new inference silo runs the model");
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
    }

    [Fact]
    public async Task A_silo_asks_its_own_engine_first_and_a_crowd_shares_the_runs_of_another_that_has_none()
    {
        await using var cluster = await OwnCluster.CreateAsync(servers);
        await using var inference = await cluster.StartSiloAsync("inference", InferenceSilo);
        await using (var all = await cluster.StartSiloAsync("all"))
        {
            await cluster.OpenAsync(silos: 2);
            var (own, other) = (await all.RunsAsync(), await inference.RunsAsync());

            // One at a time: no engine has ever more to do than it can.
            for (var number = 0; number < 2 * OwnCluster.Shoppers; number++)
            {
                (await cluster.AskAsync(number)).Source.ShouldBe(RecommendationSource.Model);
            }

            (await inference.RunsAsync()).ShouldBe(other);
            (await all.RunsAsync()).ShouldBeGreaterThan(own);
            await using var users = await cluster.StartSiloAsync("users", UserSilo);
            all.Process.Signal("TERM");
            await all.Process.WaitForExitAsync(OwnCluster.Patience);
            await cluster.WaitForSilosAsync(2);
            await CrowdAsync();
        }

        async Task CrowdAsync()
        {
            const int Crowd = 96;
            var shoppers = Enumerable.Range(OwnCluster.Shoppers, Crowd).ToArray();
            await cluster.MeetAsync(shoppers);
            await Wait.UntilAsync(async () => (await cluster.AskAsync(0)).Source == RecommendationSource.Model, OwnCluster.Patience, "a shelf of the model of the other silo");
            var (runs, questions) = (await inference.RunsAsync(), await inference.QuestionsAsync());

            var shelves = await Task.WhenAll(shoppers.Select(shopper => cluster.AskAsync(shopper, 10)));

            shelves.ShouldAllBe(shelf => shelf.Source == RecommendationSource.Model);

            // What a silo tells of its counts may be some hundred milliseconds old.
            await Wait.UntilAsync(async () => await inference.QuestionsAsync() >= questions + Crowd, OwnCluster.Patience, "every question of the crowd is counted");
            (runs, questions) = (await inference.RunsAsync() - runs, await inference.QuestionsAsync() - questions);
            output.WriteLine($"{questions} questions in {runs} runs");
            runs.ShouldBeLessThan(questions);
        }
    }

    private void Tell(string when, string[] answers) => output.WriteLine(
        $"{when}: {string.Join(", ", answers.GroupBy(answer => answer).Select(group => $"{group.Key} {group.Count()}"))}");
}
