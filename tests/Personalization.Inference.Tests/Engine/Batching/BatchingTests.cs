using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

/// <summary>The engine without threads: the test steps its worker and moves its clock.</summary>
public sealed class BatchingTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeModel _model = new(items: 100);
    private readonly InferenceEngine _engine;

    public BatchingTests() => _engine = TestEngine.Create(
        _model.Package, _model, new InferenceOptions { MaxBatch = 3, QueueCapacity = 6 }, _time);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Step_SomeWait_RunsThemAtOnceUpToTheLargestBatch()
    {
        var answers = Enumerable.Range(1, 4).Select(i => Ask($"i{i}")).ToArray();

        Step();
        Step();

        _model.Runs.Select(run => run.Newest).ShouldBe([[1, 2, 3], [4]]);
        (await Task.WhenAll(answers)).ShouldAllBe(answer => answer.Status == InferenceStatus.Ok);
    }

    [Fact]
    public void Step_OneWaits_DoesNotHoldItForOthers()
    {
        _ = Ask("i1");

        Step();

        _model.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public void Step_SeveralPriorities_MostUrgentFirstAndNeverTogether()
    {
        _ = Ask("i1", InferencePriority.Bulk);
        _ = Ask("i2", InferencePriority.Refresh);
        _ = Ask("i3");
        _ = Ask("i4", InferencePriority.Bulk);

        StepAll();

        _model.Runs.Select(run => run.Newest).ShouldBe([[3], [2], [1, 4]]);
    }

    [Fact]
    public void Step_SeveralLengths_OneLengthClassARunTheLongestWaitFirst()
    {
        _ = AskLong(20);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _ = AskLong(2);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _ = AskLong(30);
        _ = AskLong(8);
        _ = AskLong(9);
        _ = AskLong(60);

        StepAll();

        _model.Runs.Select(run => (run.Length, run.Newest.Length)).ShouldBe([(32, 2), (8, 2), (16, 1), (50, 1)]);
    }

    [Theory]
    [InlineData(1, 1, 1_000, "32:2")]
    [InlineData(1, 20, 1_000, "8:20 32:1")]
    [InlineData(8, 1, 1_000, "32:9")]
    [InlineData(1, 1, 250, "8:1 32:1")]
    public async Task Step_TwoLengths_ShareARunWhereThatTakesLessTimeAndMakesNoneLate(int longRows, int shortRows, int shortBudget, string runs)
    {
        // A run takes 200 microseconds and one for each position of its rows.
        await using var simulation = new BatcherSimulation(new InferenceOptions { MaxBatch = 32 });
        var longOnes = Enumerable.Repeat(Arrival(32, 10_000), longRows);

        await simulation.PlayAsync([.. Enumerable.Repeat(Arrival(3, shortBudget), shortRows), .. longOnes]);

        string.Join(' ', simulation.Model.Runs.Select(run => $"{run.Length}:{run.Newest.Length}")).ShouldBe(runs);

        static BatcherSimulation.Arrival Arrival(int length, int budget) => new(TimeSpan.Zero, length, TimeSpan.FromMicroseconds(budget));
    }

    [Fact]
    public async Task Infer_QueueFull_IsRefusedAtOnceAndOtherPrioritiesAreNot()
    {
        var waiting = Enumerable.Range(1, 6).Select(i => Ask($"i{i}")).ToArray();

        (await Ask("i7")).Status.ShouldBe(InferenceStatus.Overloaded);
        var urgentElsewhere = Ask("i8", InferencePriority.Refresh);
        StepAll();

        (await Task.WhenAll(waiting)).ShouldAllBe(answer => answer.Status == InferenceStatus.Ok);
        (await urgentElsewhere).Status.ShouldBe(InferenceStatus.Ok);
        _engine.Outstanding.ShouldBe(0);
    }

    [Fact]
    public async Task Infer_BudgetSpent_IsRefusedAtOnce() =>
        (await Ask("i1", budget: TimeSpan.Zero)).Status.ShouldBe(InferenceStatus.DeadlineExceeded);

    [Fact]
    public async Task Step_BudgetRanOutInTheQueue_DropsThatOneAndServesItsNeighbours()
    {
        var late = Ask("i1", budget: TimeSpan.FromMilliseconds(5));
        var patient = Ask("i2");
        _time.Advance(TimeSpan.FromMilliseconds(6));

        Step();

        (await late).Status.ShouldBe(InferenceStatus.DeadlineExceeded);
        var answer = await patient;
        answer.Status.ShouldBe(InferenceStatus.Ok);
        answer.QueueMs.ShouldBe(6);
        _model.Runs.Select(run => run.Newest).ShouldBe([[2]]);
    }

    [Fact]
    public async Task Infer_CallerGivesUp_ThrowsAndDoesNotRun()
    {
        using var cancel = new CancellationTokenSource();
        var given = _engine.TryInferAsync(TestEngine.Ask("i1"), cancel.Token).AsTask();
        await cancel.CancelAsync();

        Step();

        await Should.ThrowAsync<OperationCanceledException>(() => given);
        _model.Runs.ShouldBeEmpty();
        _engine.Outstanding.ShouldBe(0);
    }

    [Fact]
    public async Task Step_RunFails_OnlyTheRequestThatBreaksItFails()
    {
        _model.BeforeRun = newest =>
        {
            if (newest.Contains(2))
            {
                throw new InvalidOperationException("poison");
            }
        };
        var answers = Enumerable.Range(1, 3).Select(i => Ask($"i{i}")).ToArray();

        Step();

        (await Task.WhenAll(answers)).Select(answer => answer.Status)
            .ShouldBe([InferenceStatus.Ok, InferenceStatus.Failed, InferenceStatus.Ok]);
    }

    [Fact]
    public async Task Step_OneRowNotFinite_OnlyThatRequestFails()
    {
        _model.ChurnOf = item => item == 2 ? float.NaN : 0.7f;
        var answers = Enumerable.Range(1, 3).Select(i => Ask($"i{i}")).ToArray();

        Step();

        (await Task.WhenAll(answers)).Select(answer => answer.Status)
            .ShouldBe([InferenceStatus.Ok, InferenceStatus.Failed, InferenceStatus.Ok]);
        (await answers[0]).Churn.ShouldBe(new(0.7f, Churn.ChurnLevel.Watch, 90));
    }

    [Fact]
    public async Task Dispose_SomeWait_ServesThemAndTakesNoMore()
    {
        var waiting = Enumerable.Range(1, 5).Select(i => Ask($"i{i}")).ToArray();
        _engine.Start();

        await _engine.DisposeAsync();

        (await Task.WhenAll(waiting)).ShouldAllBe(answer => answer.Status == InferenceStatus.Ok);
        (await _engine.TryInferAsync(TestEngine.Ask("i1"), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    private Task<InferenceResult> AskLong(int length) => Ask([.. Enumerable.Range(1, length).Select(i => $"i{i}")]);

    private Task<InferenceResult> Ask(string item, InferencePriority priority = InferencePriority.Interactive, TimeSpan? budget = null) =>
        Ask([item], priority, budget);

    private async Task<InferenceResult> Ask(
        string[] items, InferencePriority priority = InferencePriority.Interactive, TimeSpan? budget = null) =>
        (await _engine.TryInferAsync(
            TestEngine.Ask(items) with { Priority = priority, Budget = budget ?? TimeSpan.FromSeconds(1) },
            TestContext.Current.CancellationToken)).ShouldNotBeNull();

    private void Step() => _engine.Workers[0].Step(wait: false).ShouldBeTrue();

    private void StepAll()
    {
        var before = -1;
        while (before != _model.Runs.Count)
        {
            before = _model.Runs.Count;
            Step();
        }
    }
}
