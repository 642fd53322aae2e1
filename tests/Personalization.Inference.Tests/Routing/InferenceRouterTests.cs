using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Routing;
using Personalization.Inference.Tests.Support;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Routing;

/// <summary>A silo without an engine.</summary>
public sealed class InferenceRouterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeSilos _silos = new();
    private readonly InferenceTargets _targets;
    private readonly InferenceRouter _router;

    public InferenceRouterTests()
    {
        _targets = new InferenceTargets(_silos, _silos, TestEngine.Routing, _time, max => 0, NullLogger<InferenceTargets>.Instance);
        _router = new InferenceRouter(
            new ServiceCollection().BuildServiceProvider(), _targets, _time, NullLogger<InferenceRouter>.Instance);
    }

    [Fact]
    public async Task Infer_NoInferenceSilo_SaysNoModel()
    {
        _silos.Current = [];

        (await AskAsync()).Status.ShouldBe(InferenceStatus.NoModel);
        _router.MaxLength.ShouldBe(50);
        _router.Model.ShouldBeNull();
    }

    [Fact]
    public async Task Infer_Answered_LearnsTheModel()
    {
        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);

        _router.MaxLength.ShouldBe(77);
        _router.Model.ShouldBe(new("remote", "9"));
    }

    [Fact]
    public async Task Infer_OneSiloIsBusy_TakesTheOther()
    {
        var blocked = new TaskCompletionSource<InferenceReply>();
        _silos.Answer = (silo, requests) => silo.Generation == 1
            ? blocked.Task
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var first = AskAsync();

        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);
        first.IsCompleted.ShouldBeFalse();
        blocked.SetResult(FakeSilos.Reply(InferenceStatus.Ok, 1));
        (await first).Status.ShouldBe(InferenceStatus.Ok);
    }

    [Fact]
    public async Task Infer_SiloFails_AsksTheOtherAndAvoidsTheFirstForAWhile()
    {
        _silos.Answer = (silo, requests) => silo.Generation == 1
            ? Task.FromException<InferenceReply>(new SiloUnavailableException())
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));

        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);
        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);

        _silos.Calls.Select(call => call.Silo.Generation).ShouldBe([1, 2, 2, 1, 2]);
    }

    [Fact]
    public async Task Infer_BothFull_SaysOverloadedAfterOneRetry()
    {
        _silos.Current = [FakeSilos.Silo(1), FakeSilos.Silo(2), FakeSilos.Silo(3)];
        _silos.Answer = (_, requests) => Task.FromResult(FakeSilos.Reply(InferenceStatus.Overloaded, requests.Length));

        (await AskAsync()).Status.ShouldBe(InferenceStatus.Overloaded);

        _silos.Calls.Count.ShouldBe(2);
        _silos.Calls.Select(call => call.Silo).ShouldBeUnique();
    }

    [Fact]
    public async Task Infer_SiloNeverAnswers_EndsWithTheBudget()
    {
        _silos.Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task;
        var answer = AskAsync(TimeSpan.FromMilliseconds(80));
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");

        _time.Advance(TimeSpan.FromMilliseconds(79));
        answer.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        (await answer).Status.ShouldBe(InferenceStatus.DeadlineExceeded);
    }

    [Fact]
    public async Task Infer_SiloHangs_AsksTheOtherWithTheOtherHalfOfTheBudget()
    {
        _silos.Answer = (silo, requests) => silo.Generation == 1
            ? new TaskCompletionSource<InferenceReply>().Task
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var answer = AskAsync(TimeSpan.FromMilliseconds(80));
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");

        _time.Advance(TimeSpan.FromMilliseconds(40));

        (await answer).Status.ShouldBe(InferenceStatus.Ok);
        _silos.Calls.Select(call => call.Silo.Generation).ShouldBe([1, 2]);
        _silos.Calls[1].Requests[0].Budget.ShouldBe(TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public async Task Infer_SiloHasNoTime_AsksTheOther()
    {
        _silos.Answer = (silo, requests) =>
            Task.FromResult(FakeSilos.Reply(silo.Generation == 1 ? InferenceStatus.DeadlineExceeded : InferenceStatus.Ok, requests.Length));

        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);

        _silos.Calls.Select(call => call.Silo.Generation).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData(InferenceStatus.NoModel)]
    [InlineData(InferenceStatus.Failed)]
    public async Task Infer_SiloAnswersAtOnceThatItCannot_IsAvoidedThoughItIsTheLessBusyOne(InferenceStatus useless)
    {
        _silos.Answer = (silo, requests) => Task.FromResult(FakeSilos.Reply(silo.Generation == 1 ? useless : InferenceStatus.Ok, requests.Length));
        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);

        for (var i = 0; i < 5; i++)
        {
            (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);
        }

        _silos.Calls.Select(call => call.Silo.Generation).ShouldBe([1, 2, 2, 2, 2, 2, 2]);
    }

    [Fact]
    public async Task Infer_SiloHadNoTimeForOneInAHurry_IsAskedByThoseWithTimeAtOnce()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        _silos.Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task;
        var hurry = TimeSpan.FromMilliseconds(1);
        var late = AskAsync(hurry);
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");
        _time.Advance(hurry);
        (await late).Status.ShouldBe(InferenceStatus.DeadlineExceeded);

        IsReady(hurry).ShouldBeFalse();
        IsReady(TimeSpan.FromMilliseconds(100)).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        IsReady(hurry).ShouldBeTrue();
    }

    [Fact]
    public async Task Infer_TwoOfThreeFailed_AsksTheThirdAtOnce()
    {
        _silos.Current = [FakeSilos.Silo(1), FakeSilos.Silo(2), FakeSilos.Silo(3)];
        _silos.Answer = (silo, requests) => silo.Generation < 3
            ? Task.FromException<InferenceReply>(new SiloUnavailableException())
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));

        (await AskAsync()).Status.ShouldNotBe(InferenceStatus.Ok);
        (await AskAsync()).Status.ShouldBe(InferenceStatus.Ok);

        _silos.Calls.Select(call => call.Silo.Generation).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Infer_SiloDiesWhileItRestsForARefusal_RestsAsLongAsForItsDeath()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        _silos.Answer = (_, requests) => Task.FromResult(FakeSilos.Reply(InferenceStatus.Overloaded, requests.Length));
        await AskAsync();
        _silos.Answer = (_, _) => Task.FromException<InferenceReply>(new SiloUnavailableException());
        await AskAsync();

        _time.Advance(TimeSpan.FromMilliseconds(150));

        IsReady(TimeSpan.FromSeconds(1)).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        IsReady(TimeSpan.FromSeconds(1)).ShouldBeTrue();
    }

    [Fact]
    public async Task Infer_SiloIsFullOfBulkWork_IsAskedByShoppersAllTheSame()
    {
        _silos.Answer = (_, requests) => Task.FromResult(FakeSilos.Reply(InferenceStatus.Overloaded, requests.Length));
        await _router.InferAsync(TestEngine.Ask("a") with { Priority = InferencePriority.Bulk }, TestContext.Current.CancellationToken);

        _targets.HasReady(null, InferencePriority.Bulk, TimeSpan.FromSeconds(1)).ShouldBeFalse();
        IsReady(TimeSpan.FromSeconds(1)).ShouldBeTrue();
    }

    [Fact]
    public async Task Infer_BudgetOfAMinute_IsCutToWhatACallMayLast()
    {
        _silos.Current = [FakeSilos.Silo(1)];

        (await AskAsync(TimeSpan.FromMinutes(1))).Status.ShouldBe(InferenceStatus.Ok);

        _silos.Calls[0].Requests[0].Budget.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Infer_CallIsLost_TheNextOneDoesNotWaitForIt()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        _silos.Answer = (_, requests) => _silos.Calls.Count == 1
            ? new TaskCompletionSource<InferenceReply>().Task
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var lost = AskAsync(TimeSpan.FromMilliseconds(80));
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");
        _time.Advance(TimeSpan.FromMilliseconds(80));
        (await lost).Status.ShouldBe(InferenceStatus.DeadlineExceeded);

        // As often as it takes: the clock of the call starts after it.
        var next = AskAsync(TimeSpan.FromSeconds(4));
        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(80));
                return next.IsCompleted;
            },
            "the next one has its answer");
        (await next).Status.ShouldBe(InferenceStatus.Ok);
    }

    [Fact]
    public async Task Infer_FromAGrainsTurn_DoesNotGoOnThere()
    {
        var turns = new CountingScheduler();
        var blocked = new TaskCompletionSource<InferenceReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _silos.Answer = (_, _) => blocked.Task;
        var answer = await Task.Factory.StartNew(
            () => AskAsync(), TestContext.Current.CancellationToken, TaskCreationOptions.None, turns);
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");

        blocked.SetResult(FakeSilos.Reply(InferenceStatus.Ok, 1));

        (await answer).Status.ShouldBe(InferenceStatus.Ok);
        turns.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Similar_SiloHangs_AsksTheOther()
    {
        _silos.Answer = (silo, requests) => silo.Generation == 1 && requests.Length > 0
            ? new TaskCompletionSource<InferenceReply>().Task
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var late = AskAsync(TimeSpan.FromMilliseconds(80));
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");
        _time.Advance(TimeSpan.FromMilliseconds(40));
        await late;

        var items = await _router.SimilarAsync("a", 5, TestContext.Current.CancellationToken);

        items.ShouldBe([new("a", 2)], "a shelf found the first one hanging a moment ago");
    }

    [Fact]
    public async Task Infer_ManyWhileACallIsUnderWay_ShareTheNextCallWithTheBudgetThatIsLeft()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        var blocked = new TaskCompletionSource<InferenceReply>();
        _silos.Answer = (_, requests) => _silos.Calls.Count == 1
            ? blocked.Task
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var first = AskAsync();
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");
        var others = Enumerable.Range(0, 10).Select(_ => AskAsync(TimeSpan.FromMilliseconds(100))).ToArray();

        _time.Advance(TimeSpan.FromMilliseconds(30));
        blocked.SetResult(FakeSilos.Reply(InferenceStatus.Ok, 1));
        await Task.WhenAll([first, .. others]);

        _silos.Calls.Select(call => call.Requests.Length).ShouldBe([1, 10]);
        _silos.Calls[1].Requests.ShouldAllBe(request => request.Budget == TimeSpan.FromMilliseconds(70));
    }

    [Fact]
    public async Task Infer_CallerGivesUp_Throws()
    {
        _silos.Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task;
        using var cancel = new CancellationTokenSource();
        var answer = _router.InferAsync(TestEngine.Ask("a"), cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task Similar_SiloFails_AsksTheOther()
    {
        _silos.Answer = (silo, _) => silo.Generation == 1
            ? Task.FromException<InferenceReply>(new TimeoutException())
            : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, 0));

        var items = await _router.SimilarAsync("a", 5, TestContext.Current.CancellationToken);

        items.ShouldBe([new("a", 2)]);
    }

    private bool IsReady(TimeSpan budget) => _targets.HasReady(null, InferencePriority.Interactive, budget);

    private Task<InferenceResult> AskAsync(TimeSpan? budget = null) => _router.InferAsync(
        TestEngine.Ask("a") with { Budget = budget ?? TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken).AsTask();

    /// <summary>Counts what it runs.</summary>
    private sealed class CountingScheduler : TaskScheduler
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        protected override void QueueTask(Task task)
        {
            Interlocked.Increment(ref _count);
            ThreadPool.UnsafeQueueUserWorkItem(_ => TryExecuteTask(task), null);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
