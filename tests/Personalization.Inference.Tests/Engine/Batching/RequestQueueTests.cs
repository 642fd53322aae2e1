using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Engine;

/// <summary>What the queue takes in while runs are believed to take longer than a shopper has.</summary>
public sealed class RequestQueueTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly RunCost _cost = new(1);
    private readonly RequestQueue _queue;

    public RequestQueueTests()
    {
        _queue = new RequestQueue(1, _cost, new InferenceOptions(), _time);
        _cost.Add(0, 1, Believed.Ticks, _time.GetTimestamp());
    }

    [Fact]
    public void TryAdd_RunsThatShowNothingOfWhatShelvesTake_DoNotKeepShelvesOut()
    {
        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.TooLate);
        for (var i = 0; i < 4; i++)
        {
            Add(InferencePriority.Refresh, TimeSpan.FromSeconds(2)).ShouldBe(QueueOutcome.Added);
            Run();
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.Added);
        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.TooLate, "one is enough to see what they take");
    }

    [Fact]
    public void TryAdd_LessUrgentWorkWaits_OneThatMayBeTooLateIsTriedAllTheSame()
    {
        Add(InferencePriority.Bulk, TimeSpan.FromMinutes(1)).ShouldBe(QueueOutcome.Added);
        _time.Advance(TimeSpan.FromSeconds(2));

        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.Added);
    }

    [Fact]
    public void TryAdd_TriedAndNotRunYet_TheNextIsNotTriedForASecond()
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.Added);
        Run();

        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.TooLate);
        _time.Advance(TimeSpan.FromSeconds(2));
        Add(InferencePriority.Interactive).ShouldBe(QueueOutcome.Added);
    }

    private QueueOutcome Add(InferencePriority priority, TimeSpan? budget = null)
    {
        var now = _time.GetTimestamp();
        return _queue.TryAdd(new InferenceJob(1) { Priority = priority, EnqueuedAt = now, Deadline = now + (budget ?? Budget).Ticks });
    }

    private void Run() => _queue.Take(0, new InferenceJob[1], [], wait: false).ShouldBe(1);
}
