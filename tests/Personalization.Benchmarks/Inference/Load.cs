using System.Diagnostics;

namespace Personalization.Benchmarks.Inference;

/// <summary>Makes requests.</summary>
/// <param name="ask">Makes one; its argument counts up.</param>
internal sealed class Load(Func<int, Task<Reply>> ask)
{
    private const double MostPerSecond = 100_000;

    private int _next;

    /// <summary>So many callers, each with its next request as soon as it has an answer.</summary>
    /// <param name="callers">How many.</param>
    /// <param name="span">How long.</param>
    /// <param name="begin">Called when all is ready.</param>
    public async Task<Outcome> ClosedAsync(int callers, TimeSpan span, Action? begin = null)
    {
        var outcome = new Outcome(MostPerSecond, span);
        begin?.Invoke();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < span)
            {
                await AskAsync(outcome, Stopwatch.GetTimestamp(), 0);
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
    /// <param name="perSecond">The rate.</param>
    /// <param name="span">How long.</param>
    /// <param name="begin">Called when all is ready.</param>
    public async Task<Outcome> OpenAsync(double perSecond, TimeSpan span, Action? begin = null)
    {
        var outcome = new Outcome(perSecond, span);
        begin?.Invoke();
        var open = new OpenRequests();
        var started = Stopwatch.GetTimestamp();
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
        outcome.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return outcome;
    }

    private void Generate(double perSecond, TimeSpan span, Outcome outcome, OpenRequests open)
    {
        PreciseSleep.SharpenFor(perSecond);
        var started = Stopwatch.GetTimestamp();
        foreach (var due in Arrivals.Poisson(perSecond, span))
        {
            var late = Stopwatch.GetElapsedTime(started) - due;
            if (late < TimeSpan.Zero)
            {
                PreciseSleep.For(-late);
                late = Stopwatch.GetElapsedTime(started) - due;
            }

            open.Begin();
            outcome.Sent++;
            _ = AskAsync(outcome, started + (long)(due.TotalSeconds * Stopwatch.Frequency), late.TotalMilliseconds, open);
        }
    }

    private async Task AskAsync(Outcome outcome, long from, double late, OpenRequests? open = null)
    {
        Reply reply;
        try
        {
            reply = await ask(Interlocked.Increment(ref _next));
        }
        catch (Exception e)
        {
            reply = new Reply(e.GetType().Name);
        }

        outcome.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds, late, reply);
        open?.End();
    }
}
