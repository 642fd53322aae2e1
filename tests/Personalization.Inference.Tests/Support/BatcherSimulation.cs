using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Support;

/// <summary>
/// A discrete-event simulation around the real engine: the test's requests come at their times, also while workers "run", and a run takes what
/// <see cref="Cost"/> says. One thing after the other, no real time.
/// </summary>
internal sealed class BatcherSimulation : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly DateTimeOffset _start;
    private readonly SimulatedWorker[] _workers;
    private readonly Queue<Arrival> _coming = [];
    private readonly List<(Arrival Arrival, Task<InferenceResult?> Answer)> _asked = [];

    public BatcherSimulation(InferenceOptions options)
    {
        Model = new FakeModel(items: 100) { Running = (batch, length) => _time.Advance(Cost(batch, length)) };
        Engine = TestEngine.Create(Model.Package, Model, options, _time);
        Engine.WarmUp();
        Model.Runs.Clear();
        _start = _time.GetUtcNow();
        Model.Running = (batch, length) => SimulatedWorker.Current!.RunUntil(Now + Cost(batch, length));
        _workers = [.. Engine.Workers.Select(worker => new SimulatedWorker(worker))];
    }

    public FakeModel Model { get; }

    public InferenceEngine Engine { get; }

    /// <summary>What a run takes; by default 0.2 ms and, for each row, 1 microsecond an event.</summary>
    public Func<int, int, TimeSpan> Cost { get; set; } = static (batch, length) => TimeSpan.FromMicroseconds(200 + (batch * length));

    /// <summary>Most that waited at once.</summary>
    public int Longest { get; private set; }

    /// <summary>Since the start.</summary>
    public TimeSpan Now => _time.GetUtcNow() - _start;

    /// <summary>Plays arrivals until all are answered.</summary>
    /// <param name="arrivals">In the order of time.</param>
    /// <returns>Each with its answer.</returns>
    public async Task<Answered[]> PlayAsync(IEnumerable<Arrival> arrivals)
    {
        foreach (var arrival in arrivals)
        {
            _coming.Enqueue(arrival);
        }

        do
        {
            foreach (var worker in _workers.Where(worker => worker.RunEnds is null))
            {
                // Also when nothing waits: then it is known to be free.
                worker.GoOn();
            }
        }
        while (GoesOn());

        var answers = await Task.WhenAll(_asked.Select(asked => asked.Answer));
        return [.. _asked.Zip(answers, (asked, answer) => new Answered(asked.Arrival, answer.ShouldNotBeNull()))];
    }

    public ValueTask DisposeAsync()
    {
        Array.ForEach(_workers, worker => worker.Dispose());
        return Engine.DisposeAsync();
    }

    // Plays what comes next: all that arrives at a time, or else the end of a run. False when nothing does.
    private bool GoesOn()
    {
        var running = _workers.Where(worker => worker.RunEnds is not null).MinBy(worker => worker.RunEnds);
        if (_coming.TryPeek(out var next) && !(next.At > running?.RunEnds))
        {
            AdvanceTo(next.At);
            while (_coming.TryPeek(out next) && next.At <= Now)
            {
                Ask(_coming.Dequeue());
            }

            return true;
        }

        if (running is null)
        {
            return Engine.Queued > 0;
        }

        AdvanceTo(running.RunEnds!.Value);
        running.GoOn();
        return true;
    }

    private void Ask(Arrival arrival)
    {
        var request = TestEngine.Ask([.. Enumerable.Range(1, arrival.Length).Select(i => $"i{i}")]);
        request = request with { Priority = arrival.Priority, Budget = arrival.Budget };
        _asked.Add((arrival, Engine.TryInferAsync(request, CancellationToken.None).AsTask()));
        Longest = Math.Max(Longest, Engine.Queued);
    }

    private void AdvanceTo(TimeSpan at)
    {
        if (at > Now)
        {
            _time.Advance(at - Now);
        }
    }

    /// <summary>A request that comes.</summary>
    public sealed record Arrival(TimeSpan At, int Length, TimeSpan Budget, InferencePriority Priority = InferencePriority.Interactive);

    /// <summary>A request and its answer.</summary>
    public sealed record Answered(Arrival Arrival, InferenceResult Result)
    {
        /// <summary>From its arrival to its answer.</summary>
        public TimeSpan Took => TimeSpan.FromMilliseconds(Result.QueueMs + Result.RunMs);

        /// <summary>Whether it was scored in time.</summary>
        public bool IsGood => Result.Status == InferenceStatus.Ok && Took <= Arrival.Budget;
    }
}
