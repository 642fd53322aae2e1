using Microsoft.Extensions.Time.Testing;
using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Support;

/// <summary>
/// A discrete-event simulation around the real engine: the test's requests come at their times, also while the one worker "runs", and a
/// run takes what <see cref="Cost"/> says. No threads, no real time.
/// </summary>
internal sealed class BatcherSimulation : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly DateTimeOffset _start;
    private readonly Queue<Arrival> _coming = [];
    private readonly List<(Arrival Arrival, Task<InferenceResult?> Answer)> _asked = [];

    public BatcherSimulation(InferenceOptions options)
    {
        Model = new FakeModel(items: 100) { Running = (batch, length) => _time.Advance(Cost(batch, length)) };
        Engine = TestEngine.Create(Model.Package, Model, options, _time);
        Engine.WarmUp();
        Model.Runs.Clear();
        _start = _time.GetUtcNow();
        Model.Running = Run;
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

        while (_coming.Count > 0 || Engine.Queued > 0)
        {
            if (Engine.Queued == 0)
            {
                Engine.Workers[0].Step(wait: false);
                AdvanceTo(_coming.Peek().At);
            }

            Engine.Workers[0].Step(wait: false);
        }

        var answers = await Task.WhenAll(_asked.Select(asked => asked.Answer));
        return [.. _asked.Zip(answers, (asked, answer) => new Answered(asked.Arrival, answer.ShouldNotBeNull()))];
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();

    private void Run(int batch, int length) => AdvanceTo(Now + Cost(batch, length));

    private void AdvanceTo(TimeSpan end)
    {
        while (_coming.TryPeek(out var next) && next.At <= end)
        {
            _coming.Dequeue();
            if (next.At > Now)
            {
                _time.Advance(next.At - Now);
            }

            var request = TestEngine.Ask([.. Enumerable.Range(1, next.Length).Select(i => $"i{i}")]);
            request = request with { Priority = next.Priority, Budget = next.Budget };
            _asked.Add((next, Engine.TryInferAsync(request, CancellationToken.None).AsTask()));
            Longest = Math.Max(Longest, Engine.Queued);
        }

        if (end > Now)
        {
            _time.Advance(end - Now);
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
