using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

/// <summary>What becomes of requests when a worker fails in a place where nobody expects it.</summary>
public sealed class WorkerFailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FailingTime _time = new();

    [Fact]
    public async Task What_waits_is_answered_after_a_failure()
    {
        var model = new FakeModel(items: 100);
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions(), _time);
        await using var disposing = engine;
        engine.WarmUp();
        _time.FailAt = 1;
        _time.OnThread = "inference";
        engine.Start();

        var answer = await engine.TryInferAsync(TestEngine.Ask("i1"), CancellationToken.None).AsTask().WaitAsync(Patience);

        answer!.Status.ShouldBe(InferenceStatus.Ok);
        _time.FailAt.ShouldBe(0, "the worker's own time failed once");
    }

    [Fact]
    public async Task What_was_taken_is_given_up_once_each_and_the_worker_serves_the_next()
    {
        var model = new FakeModel(items: 100);
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions(), _time);
        await using var disposing = engine;
        engine.WarmUp();
        var late = AskAsync("i1", TimeSpan.FromMilliseconds(50));
        var alsoLate = AskAsync("i2", TimeSpan.FromMilliseconds(50));
        _time.Advance(TimeSpan.FromMilliseconds(60));
        var taken = AskAsync("i3", TimeSpan.FromSeconds(10));

        // The first look at the clock is the queue's, the second comes after it has given the jobs out.
        _time.FailAt = 2;
        Should.Throw<InvalidOperationException>(() => engine.Workers[0].Step(wait: false)).Message.ShouldBe(FailingTime.Message);
        engine.Workers[0].GiveUp();

        (await Task.WhenAll(late, alsoLate, taken).WaitAsync(Patience)).ShouldAllBe(answer => answer!.Status == InferenceStatus.Failed);
        var next = AskAsync("i4", TimeSpan.FromSeconds(10));
        engine.Workers[0].Step(wait: false);
        (await next.WaitAsync(Patience))!.Status.ShouldBe(InferenceStatus.Ok);
        engine.Outstanding.ShouldBe(0);

        Task<InferenceResult?> AskAsync(string item, TimeSpan budget) =>
            engine.TryInferAsync(TestEngine.Ask(item) with { Budget = budget }, CancellationToken.None).AsTask();
    }

    [Fact]
    public async Task What_waits_is_answered_when_the_worker_fails_while_the_engine_is_being_replaced()
    {
        var model = new FakeModel(items: 100);
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions { MaxBatch = 1 }, _time);
        engine.WarmUp();
        _time.FailAt = 1;
        _time.OnThread = "inference";
        var answers = Enumerable.Range(1, 3).Select(n => engine.TryInferAsync(TestEngine.Ask($"i{n}"), CancellationToken.None).AsTask()).ToArray();
        using var first = new ManualResetEventSlim();
        model.BeforeRun = _ => first.Wait(Patience);
        engine.Start();

        var disposed = engine.DisposeAsync().AsTask();
        first.Set();

        (await Task.WhenAll(answers).WaitAsync(Patience)).ShouldAllBe(answer => answer!.Status == InferenceStatus.Ok || answer.Status == InferenceStatus.Failed);
        await disposed.WaitAsync(Patience);
    }

    private sealed class FailingTime : FakeTimeProvider
    {
        public const string Message = "The clock stands still.";

        /// <summary>Which of the next looks at the clock fails; 0: none.</summary>
        public int FailAt { get; set; }

        /// <summary>Beginning of the name of the thread whose looks count; null: all.</summary>
        public string? OnThread { get; set; }

        public override long GetTimestamp() =>
            FailAt > 0 && (OnThread is null || Thread.CurrentThread.Name?.StartsWith(OnThread, StringComparison.Ordinal) == true) && --FailAt == 0
                ? throw new InvalidOperationException(Message)
                : base.GetTimestamp();
    }
}
