using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Routing;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Routing;

public sealed class InferenceTargetsTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(100);

    private readonly FakeSilos _silos = new() { Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task };
    private readonly List<int> _drawn = [];
    private readonly Queue<int> _script = [];
    private readonly InferenceTargets _targets;

    public InferenceTargetsTests() => _targets = new InferenceTargets(
        _silos,
        _silos,
        TestEngine.Routing,
        new FakeTimeProvider(),
        below =>
        {
            _drawn.Add(below);
            return _script.Dequeue();
        },
        NullLogger<InferenceTargets>.Instance);

    /// <summary>
    /// All draws there are: each pair comes equally often, so the least busy of all is chosen as often as it is drawn and no more, and the busiest, which is never
    /// drawn beside itself, is not chosen at all.
    /// </summary>
    [Fact]
    public void Pick_TakesTheLessBusyOfTwoDifferentOnesDrawnAtRandom()
    {
        int[] outstanding = [5, 3, 1, 0, 2];
        _silos.Current = [.. outstanding.Select((_, number) => FakeSilos.Silo(number + 1))];
        foreach (var (target, count) in _targets.All.Zip(outstanding))
        {
            for (var i = 0; i < count; i++)
            {
                _ = target.InferAsync(TestEngine.Ask("i1"), Budget, retry: false, CancellationToken.None).AsTask();
            }
        }

        _targets.All.Select(target => target.Outstanding).ShouldBe(outstanding);

        var picked = new List<int>();
        for (var first = 0; first < 5; first++)
        {
            for (var second = 0; second < 4; second++)
            {
                _script.Enqueue(first);
                _script.Enqueue(second);
                picked.Add(_targets.Pick(except: null, InferencePriority.Interactive, Budget).ShouldNotBeNull().Outstanding);
                _script.ShouldBeEmpty();
            }
        }

        _drawn.Chunk(2).ShouldAllBe(pair => pair[0] == 5 && pair[1] == 4);
        picked.CountBy(count => count).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)).ShouldBe([(0, 8), (1, 6), (2, 4), (3, 2)]);
    }

    [Fact]
    public void Pick_NotTheOneThatWasTried_IsNeverThatOne()
    {
        _silos.Current = [.. Enumerable.Range(1, 3).Select(FakeSilos.Silo)];
        var tried = _targets.All[1];
        for (var first = 0; first < 2; first++)
        {
            _script.Enqueue(first);
            _script.Enqueue(0);
            _targets.Pick(tried, InferencePriority.Interactive, Budget).ShouldNotBeNull().ShouldNotBe(tried);
        }

        _silos.Current = [tried.Silo];
        _targets.All.ShouldBe([tried]);
        _targets.Pick(tried, InferencePriority.Interactive, Budget).ShouldBeNull();
    }
}
