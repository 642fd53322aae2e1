using System.Diagnostics;

namespace Personalization.Benchmarks.Inference;

/// <summary>Makes requests.</summary>
/// <param name="ask">Makes one; its argument counts up; gives who answered.</param>
internal sealed class Load(Func<int, Task<string>> ask)
{
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
    /// Open loop: random arrivals (Poisson) at a rate whatever the answers do. A request's time counts from the moment it was due, so a
    /// generator that is late does not hide it; how late it was is measured too.
    /// </summary>
    public async Task<Outcome> OpenAsync(double perSecond, TimeSpan span)
    {
        var outcome = new Outcome();
        var open = new OpenRequests();
        var generated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Generate(perSecond, span, outcome, open);
            generated.SetResult();
        })
        { Name = "load", Priority = ThreadPriority.AboveNormal };
        thread.Start();
        await generated.Task;
        await open.AllAsync();
        outcome.Seconds = span.TotalSeconds;
        return outcome;
    }

    private void Generate(double perSecond, TimeSpan span, Outcome outcome, OpenRequests open)
    {
        var random = new Random(7);
        var started = Stopwatch.GetTimestamp();
        for (var due = TimeSpan.Zero; due < span; due += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond))
        {
            var late = Stopwatch.GetElapsedTime(started) - due;
            if (late < TimeSpan.Zero)
            {
                PreciseSleep.For(-late);
                late = Stopwatch.GetElapsedTime(started) - due;
            }

            outcome.Late(late.TotalMilliseconds);
            open.Begin();
            outcome.Sent++;
            _ = AskAsync(outcome, started + (long)(due.TotalSeconds * Stopwatch.Frequency), open);
        }
    }

    private async Task AskAsync(Outcome outcome, long from, OpenRequests? open = null)
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
        open?.End();
    }
}
