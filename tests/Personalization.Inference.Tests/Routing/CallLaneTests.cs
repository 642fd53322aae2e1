using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Routing;
using Personalization.Inference.Tests.Support;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Routing;

public sealed class CallLaneTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>The lane told them of it too, and who was first, it or their own clock, made a refusal or silence of the same.</summary>
    [Fact]
    public async Task Send_Late_IsLeftToWhoAskedToGiveUp()
    {
        var calls = 0;
        var lane = new CallLane(
            FakeSilos.Silo(1),
            requests => ++calls == 1 ? new TaskCompletionSource<InferenceReply>().Task : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length)),
            _time,
            NullLogger.Instance);
        var sent = SendAsync(TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => Volatile.Read(ref calls) == 1, "the call is under way");
        var waiting = SendAsync(TimeSpan.FromSeconds(1));
        var next = SendAsync(TimeSpan.FromDays(1));

        // As often as it takes: the lane's clock starts after the call.
        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return next.IsCompleted;
            },
            "the next call is answered");

        (await next).ShouldNotBeNull().Status.ShouldBe(InferenceStatus.Ok);
        sent.IsCompleted.ShouldBeFalse();
        waiting.IsCompleted.ShouldBeFalse();
        calls.ShouldBe(2);

        Task<InferenceResult?> SendAsync(TimeSpan budget) => lane.SendAsync(TestEngine.Ask("a"), _time.GetTimestamp() + (long)(budget.TotalSeconds * _time.TimestampFrequency));
    }

    /// <summary>Timers are no finer than a millisecond: the lane took what was left of one for a call that had failed, and the silo for one that is away.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(4.7)]
    public async Task Send_NoAnswerUntilAFractionOfAMillisecondIsLeft_IsNoFailedCall(double milliseconds)
    {
        var calls = 0;
        var log = new KeptLog();
        var lane = new CallLane(
            FakeSilos.Silo(1),
            requests => Interlocked.Increment(ref calls) == 1 ? new TaskCompletionSource<InferenceReply>().Task : Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length)),
            _time,
            log);
        var silent = lane.SendAsync(TestEngine.Ask("a"), _time.GetTimestamp() + (long)(milliseconds / 1_000 * _time.TimestampFrequency));
        await Wait.UntilAsync(() => Volatile.Read(ref calls) == 1, "the call is under way");
        var next = lane.SendAsync(TestEngine.Ask("a"), _time.GetTimestamp() + (long)(TimeSpan.FromDays(1).TotalSeconds * _time.TimestampFrequency));

        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(milliseconds / 100));
                return next.IsCompleted;
            },
            "the next call is answered");

        silent.IsCompleted.ShouldBeFalse();
        log.Of(3050).ShouldBeEmpty();
    }
}
