using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Personalization.Catalog;
using Personalization.Inference.Routing;
using Personalization.Inference.Tests.Support;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Routing;

/// <summary>A silo without an engine and inference silos that come and go, over real Orleans messaging.</summary>
public sealed class RoutingClusterTests : IAsyncLifetime
{
    private InProcessTestCluster _cluster = null!;
    private int _messages;

    private IInferenceRouter Router => _cluster.Silos[0].ServiceProvider.GetRequiredService<IInferenceRouter>();

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        var silos = 0;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IItemCatalog>(new ItemCatalog());
            if (silos++ > 0)
            {
                silo.Services.AddPersonalizationInference(o => (o.PackagesPath, o.MaxBatch) = (ShippedPackage.Root, 4));
            }

            silo.AddPersonalizationInferenceRouter();
            silo.AddIncomingGrainCallFilter(call =>
            {
                if (call.InterfaceMethod.Name == nameof(IInferenceGrain.Infer))
                {
                    Interlocked.Increment(ref _messages);
                }

                return call.Invoke();
            });
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_silo_that_joins_is_used_one_that_dies_is_avoided_and_none_is_said()
    {
        (await AskAsync()).Status.ShouldBe(InferenceStatus.NoModel);

        var first = await _cluster.StartAdditionalSiloAsync();
        await Wait.UntilAsync(async () => (await AskAsync()).Status == InferenceStatus.Ok, "the inference silo answers");
        Router.Model.ShouldBe(new("online-retail", "1"));

        var second = await _cluster.StartAdditionalSiloAsync();
        var targets = _cluster.Silos[0].ServiceProvider.GetRequiredService<InferenceTargets>();
        await Wait.UntilAsync(async () =>
        {
            await AskAsync();
            return targets.All.Count(target => target.LastReply is not null) == 2;
        }, "both inference silos have answered");

        await _cluster.KillSiloAsync(first);
        var answers = new List<InferenceStatus>();
        for (var i = 0; i < 50; i++)
        {
            answers.Add((await AskAsync()).Status);
        }

        // The killed silo is still in the membership: what is sent to it is asked again at the other, and then it is left alone.
        answers.Count(status => status == InferenceStatus.Ok).ShouldBeGreaterThanOrEqualTo(49);

        await _cluster.StopSiloAsync(second);
        await Wait.UntilAsync(async () => (await AskAsync()).Status == InferenceStatus.NoModel, "no inference silo is left");
    }

    [Fact]
    public async Task Many_requests_share_few_messages_and_each_gets_its_own_answer()
    {
        await _cluster.StartAdditionalSiloAsync();
        await Wait.UntilAsync(async () => (await AskAsync()).Status == InferenceStatus.Ok, "the new inference silo answers");
        var alone = new[] { "85123A", "22423", "47566" }.ToDictionary(item => item, item => AskAsync(item));
        await Task.WhenAll(alone.Values);
        var before = _messages;

        var together = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var item = alone.Keys.ElementAt(i % 3);
            return (item, answer: await AskAsync(item));
        }));

        together.ShouldAllBe(one => one.answer.Status == InferenceStatus.Ok);
        (_messages - before).ShouldBeInRange(1, 30);
        foreach (var (item, answer) in together)
        {
            answer.Candidates.ShouldBe((await alone[item]).Candidates);
        }
    }

    private Task<InferenceResult> AskAsync(string item = "85123A") => Router.InferAsync(
        TestEngine.Ask(item) with { Budget = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken).AsTask();
}
