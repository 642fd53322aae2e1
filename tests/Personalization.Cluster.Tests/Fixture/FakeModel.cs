using System.Collections.Concurrent;
using Personalization.Catalog;
using Personalization.Churn;
using Personalization.Inference;
using Personalization.Items;
using Personalization.Models;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>
/// A model whose answer depends on the sequence: after item <c>i7</c> come i8, i9, ... in a circle. The last item may be a command: <c>status:Overloaded</c>
/// ends that way, <c>hang</c> never answers, <c>throw</c> throws. Churn is a function of the days since the last event.
/// </summary>
public sealed class FakeModel(IItemCatalog catalog) : IInferenceRouter
{
    public const int Horizon = 90;
    public const double Threshold = 0.7;
    private readonly ConcurrentDictionary<string, int> _shelves = new();
    private readonly ConcurrentDictionary<string, LifeTotals> _totals = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<InferencePriority>> _priorities = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private int _calls;

    public int Calls => _calls;

    /// <summary>Shelves after an item that starts with <c>gate</c> are answered when its gate is set.</summary>
    public TaskCompletionSource GateOf(string item) => _gates.GetOrAdd(item, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    public int MaxLength => 50;

    public bool SharesRuns { get; set; }

    public TimeSpan ExpectedTime { get; set; }

    public TimeSpan ExpectedTimeOf(TimeSpan budget) => ExpectedTime;

    public ModelRef? Model { get; set; } = new("fake", "1");

    /// <summary>What the last question after an item said of the shopper's whole life.</summary>
    public LifeTotals TotalsAfter(string item) => _totals.GetValueOrDefault(item);

    /// <summary>How urgent the questions after an item were, in the order of time.</summary>
    public InferencePriority[] PrioritiesAfter(string item) => _priorities.TryGetValue(item, out var priorities) ? [.. priorities] : [];

    /// <summary>How often a shelf after an item was asked for.</summary>
    public int ShelvesAfter(string item) => _shelves.GetValueOrDefault(item);

    public static double ChurnAfter(double days) => 1 - Math.Exp(-days / 30);

    public async ValueTask<InferenceResult> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        var last = request.ItemIds[^1];
        _totals[last] = request.Totals;
        _priorities.GetOrAdd(last, static _ => []).Enqueue(request.Priority);
        if (last == "hang")
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        if (request.Count > 0)
        {
            _shelves.AddOrUpdate(last, 1, (_, count) => count + 1);
            if (last.StartsWith("gate", StringComparison.Ordinal))
            {
                await GateOf(last).Task.WaitAsync(cancellationToken);
            }
        }

        if (last == "throw")
        {
            throw new InvalidOperationException("The fake model was told to throw.");
        }

        if (last.StartsWith("status:", StringComparison.Ordinal))
        {
            return InferenceResult.None(Enum.Parse<InferenceStatus>(last["status:".Length..]));
        }

        await Task.Yield();
        var days = (request.Now - request.Timestamps[^1]) / 86_400_000.0;
        var churn = ChurnAfter(days);
        return new InferenceResult
        {
            Status = InferenceStatus.Ok,
            Model = Model,
            Candidates = request.Candidates is { } wanted ? Score(wanted, last) : Choose(request, last),
            Churn = new ChurnSummary(churn, churn >= Threshold ? ChurnLevel.High : churn >= 0.4 ? ChurnLevel.Watch : ChurnLevel.Low, Horizon),
            ChurnThreshold = Threshold,
            QueueMs = 0.1,
            RunMs = 0.2,
        };
    }

    public ValueTask<ItemScore[]?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken) =>
        ValueTask.FromResult(itemId.StartsWith('i') && catalog.TryGet(itemId, out _)
            ? After(itemId).Take(count).Select((i, n) => new ItemScore(i.ItemId, 1.0 / (n + 2))).ToArray()
            : null);

    private static bool Eligible(Item item, InferenceRequest request) =>
        !request.Exclude.Contains(item.ItemId) && (request.Categories.Length == 0 || item.Categories.Intersect(request.Categories).Any());

    private IEnumerable<Item> After(string itemId)
    {
        var all = catalog.Snapshot();
        var start = 0;
        while (start < all.Count && all[start].ItemId != itemId)
        {
            start++;
        }

        return Enumerable.Range(1, all.Count - 1).Select(n => all[(start + n) % all.Count]).Where(i => i.ItemId.StartsWith('i') && i.Available);
    }

    // With the catalogue's entries, as the engine chooses: no one looks at the categories and the excluded items of the question again.
    private ScoredCandidate[] Choose(InferenceRequest request, string last) =>
        [.. After(last).Where(i => Eligible(i, request)).Take(request.Count).Select((i, n) => new ScoredCandidate(i.ItemId, 1f / (n + 2), -1) { Item = i })];

    private ScoredCandidate[] Score(string[] wanted, string last)
    {
        var order = After(last).Select(i => i.ItemId).ToList();
        return [.. wanted.Where(order.Contains).OrderBy(order.IndexOf).Select(i => new ScoredCandidate(i, 1f / (order.IndexOf(i) + 2), -1))];
    }
}
