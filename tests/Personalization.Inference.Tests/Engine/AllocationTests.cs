using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

/// <summary>
/// What requests of many callers allocate. An answer of 20 items is an array of 20 candidates with their ids shared (about 0.5 KB) and what carries it; the rest is
/// the wait for the run. Nothing of the size of a history, a batch or the catalogue may be allocated. All that the process allocates counts, so it runs alone.
/// </summary>
[Collection(Alone)]
public sealed class AllocationTests : IAsyncLifetime
{
    private const string Alone = "alone";
    private const int Callers = 16;
    private const int Rounds = 5;

    private readonly Personalization.Inference.Packages.ModelPackage _package = ShippedPackage.Load();
    private InferenceEngine _engine = null!;

    public ValueTask InitializeAsync()
    {
        _engine = TestEngine.Create(_package, TestEngine.Runners().Open(_package), new InferenceOptions { ReuseFor = TimeSpan.Zero });
        _engine.WarmUp();
        _engine.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Theory]
    [InlineData(20, false, 1_536)]
    [InlineData(20, true, 1_536)]
    [InlineData(0, false, 1_024)]
    public async Task Requests_of_many_callers_stay_within_their_budget(int count, bool candidates, long budget)
    {
        string[] history = [.. Enumerable.Range(1, 30).Select(i => _package.Vocabulary[i * 50])];
        var question = TestEngine.Ask(history) with
        {
            UserId = "shopper",
            Count = count,
            Exclude = count == 0 ? [] : history,
            Candidates = candidates ? [.. Enumerable.Range(1, 20).Select(i => _package.Vocabulary[i * 31])] : null,
        };

        // The first rounds fill pools; what others in this process happen to allocate comes on top and not every time.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            least = Math.Min(least, await BytesOfARequestAsync(question, requests: 1_000));
        }

        least.ShouldBeLessThan(budget);
    }

    private async Task<long> BytesOfARequestAsync(InferenceRequest question, int requests)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < requests / Callers; i++)
            {
                (await _engine.TryInferAsync(question, CancellationToken.None))!.Status.ShouldBe(InferenceStatus.Ok);
            }
        })));
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / requests;
    }

    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class AloneCollection;
}
