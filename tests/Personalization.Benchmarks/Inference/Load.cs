using System.Diagnostics;

namespace Personalization.Benchmarks.Inference;

/// <summary>Makes requests.</summary>
/// <param name="ask">Makes one; its argument counts up; gives who answered.</param>
internal sealed class Load(Func<int, Task<string>> ask)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private int _next;

    /// <summary>So many callers, each with its next request as soon as it has an answer.</summary>
    public async Task<Outcome> ClosedAsync(int callers, TimeSpan span)
    {
        var outcome = new Outcome();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < span)
            {
                await AskAsync(outcome, Stopwatch.GetTimestamp());
            }
        })));
        outcome.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        outcome.Sent = outcome.Answers.Count;
        return outcome;
    }

    /// <summary>
    /// Open loop: random arrivals (Poisson) at a rate whatever the answers do, on a grid of a millisecond. A request's time counts from
    /// its place on the grid, so a generator that is late does not hide it.
    /// </summary>
    public async Task<Outcome> OpenAsync(double perSecond, TimeSpan span)
    {
        var outcome = new Outcome();
        var pending = new List<Task>();
        var thread = new Thread(() => Generate(perSecond, span, outcome, pending)) { Name = "load", Priority = ThreadPriority.AboveNormal };
        thread.Start();
        await Task.Run(thread.Join);
        await Task.WhenAll(pending);
        outcome.Seconds = span.TotalSeconds;
        return outcome;
    }

    private void Generate(double perSecond, TimeSpan span, Outcome outcome, List<Task> pending)
    {
        using var never = new ManualResetEvent(false);
        var random = new Random(7);
        var due = TimeSpan.Zero;
        var started = Stopwatch.GetTimestamp();
        while (due < span)
        {
            var now = Stopwatch.GetElapsedTime(started);
            while (due < span && due <= now)
            {
                var grid = Math.Ceiling(due / Tick) * Tick;
                if (grid > now)
                {
                    break;
                }

                pending.Add(AskAsync(outcome, started + (long)(grid.TotalSeconds * Stopwatch.Frequency)));
                outcome.Sent++;
                due += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond);
            }

            never.WaitOne(Tick);
        }
    }

    private async Task AskAsync(Outcome outcome, long from)
    {
        string result;
        try
        {
            result = await ask(Interlocked.Increment(ref _next));
        }
        catch (Exception e)
        {
            result = e.GetType().Name;
        }

        outcome.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds, result);
    }
}
