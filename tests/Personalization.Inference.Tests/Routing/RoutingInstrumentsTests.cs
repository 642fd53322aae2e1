using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Routing;
using Personalization.Inference.Tests.Support;
using Personalization.Telemetry;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Routing;

/// <summary>What a silo without an engine measures of the two that it asks, the first one before the second.</summary>
public sealed class RoutingInstrumentsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeSilos _silos = new();
    private readonly KeptMeasurements _measured = new();
    private readonly InferenceRouter _router;

    public RoutingInstrumentsTests() => _router = new InferenceRouter(
        new ServiceCollection().BuildServiceProvider(),
        new InferenceTargets(_silos, _silos, new RoutingInstruments(_measured.Meters), _time, _ => 0, NullLogger<InferenceTargets>.Instance),
        _time,
        NullLogger<InferenceRouter>.Instance);

    private string[] Asked => _measured.Of(TelemetryNames.InferenceRemoteDuration);

    private string[] Silos => _measured.Observe(TelemetryNames.InferenceRemoteSilos);

    public void Dispose() => _measured.Dispose();

    [Theory]
    [InlineData(InferenceStatus.Ok, "ok")]
    [InlineData(InferenceStatus.NoKnownItems, "no_known_items")]
    public async Task An_answer_is_counted_once(InferenceStatus status, string outcome)
    {
        Answer(first: status);

        await AskAsync();

        Asked.ShouldBe([$"0 infer first {outcome}"]);
    }

    [Theory]
    [InlineData(InferenceStatus.NoModel, "no_model")]
    [InlineData(InferenceStatus.Overloaded, "overloaded")]
    [InlineData(InferenceStatus.DeadlineExceeded, "deadline_exceeded")]
    [InlineData(InferenceStatus.Failed, "failed")]
    public async Task A_refusal_is_counted_by_what_the_silo_says_and_the_answer_of_the_other_as_a_retry(InferenceStatus status, string outcome)
    {
        Answer(first: status);

        await AskAsync();

        Asked.ShouldBe([$"0 infer first {outcome}", "0 infer retry ok"]);
    }

    [Fact]
    public async Task Silence_lasts_until_the_other_silo_is_asked_and_is_told_from_a_refusal()
    {
        _silos.Answer = (silo, requests) => silo.Generation == 1 ? new TaskCompletionSource<InferenceReply>().Task : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var answer = AskAsync();
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");

        _time.Advance(TimeSpan.FromMilliseconds(500));
        await answer;

        Asked.ShouldBe(["0.5 infer first no_answer", "0 infer retry ok"]);
    }

    /// <summary>A call that is lost keeps those who come after it waiting, to the end of their time: none of them was refused.</summary>
    [Fact]
    public async Task Who_was_never_sent_got_no_answer()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        _silos.Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task;
        var sent = AskAsync();
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");
        var waiting = AskAsync();

        _time.Advance(TimeSpan.FromSeconds(1));
        var answers = await Task.WhenAll(sent, waiting);

        answers.ShouldAllBe(answer => answer.Status == InferenceStatus.DeadlineExceeded);
        Asked.ShouldBe(["1 infer first no_answer", "1 infer first no_answer"]);
        _silos.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_silo_that_cannot_be_reached_is_counted_for_what_it_was_asked()
    {
        _silos.Answer = (silo, requests) => silo.Generation == 1 ? Task.FromException<InferenceReply>(new SiloUnavailableException()) : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));

        await _router.SimilarAsync("a", 5, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync();

        Asked.ShouldBe(["0 similar first unreachable", "0 similar retry ok", "0 infer first unreachable", "0 infer retry ok"]);
    }

    [Fact]
    public async Task Who_gives_up_is_no_fault_of_the_silo()
    {
        _silos.Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task;
        using var cancel = new CancellationTokenSource();
        var asked = new[] { _router.InferAsync(TestEngine.Ask("a"), cancel.Token).AsTask(), _router.SimilarAsync("a", 5, cancel.Token).AsTask().ContinueWith(_ => InferenceResult.None(InferenceStatus.Ok), TaskScheduler.Default) };

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(asked));
        Asked.Order().ShouldBe(["0 infer first canceled", "0 similar first canceled"]);
        Silos.ShouldBe(["2 ready", "0 resting"]);
    }

    [Fact]
    public async Task Calls_are_counted_by_how_many_share_them()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        var blocked = new TaskCompletionSource<InferenceReply>();
        _silos.Answer = (_, requests) => _silos.Calls.Count == 1 ? blocked.Task : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        var first = AskAsync();
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");
        var others = Enumerable.Range(0, 70).Select(_ => AskAsync()).ToArray();

        blocked.SetResult(FakeSilos.Reply(InferenceStatus.Ok, 1));
        await Task.WhenAll([first, .. others]);

        _measured.Of(TelemetryNames.InferenceRemoteCallSize).ShouldBe(["1", "64", "6"]);
        Asked.Length.ShouldBe(71);
    }

    [Fact]
    public async Task A_silo_that_rests_is_told_from_one_that_is_ready_until_it_is_asked_again()
    {
        Silos.ShouldBe(["2 ready", "0 resting"]);
        Answer(first: InferenceStatus.NoModel);

        await AskAsync();

        Silos.ShouldBe(["1 ready", "1 resting"]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Silos.ShouldBe(["2 ready", "0 resting"]);
    }

    [Fact]
    public async Task A_silo_that_hangs_rests()
    {
        _silos.Current = [FakeSilos.Silo(1)];
        _silos.Answer = (_, _) => new TaskCompletionSource<InferenceReply>().Task;
        var answer = AskAsync();
        await Wait.UntilAsync(() => _silos.Calls.Count == 1, "the call is under way");

        _time.Advance(TimeSpan.FromSeconds(1));
        await answer;

        Silos.ShouldBe(["0 ready", "1 resting"]);
    }

    private void Answer(InferenceStatus first) =>
        _silos.Answer = (silo, requests) => Task.FromResult(FakeSilos.Reply(silo.Generation == 1 ? first : InferenceStatus.Ok, requests.Length));

    private Task<InferenceResult> AskAsync(TimeSpan? budget = null) => _router.InferAsync(
        TestEngine.Ask("a") with { Budget = budget ?? TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken).AsTask();
}
