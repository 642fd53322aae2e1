namespace Personalization.Cli.Load;

/// <summary>Starts trials when they are due, whatever became of earlier ones, until enough of them are measured.</summary>
/// <param name="options">Rate, warm-up and how many or how long.</param>
/// <param name="clock">Time since the beginning.</param>
/// <param name="random">Source of chance for the arrivals.</param>
internal sealed class OpenLoop(LoadOptions options, LoadClock clock, Random random)
{
    private int _open;

    /// <summary>Runs all trials.</summary>
    /// <param name="start">Starts one: its number from 0, whether it is measured, and when it was due.</param>
    /// <param name="refuse">Told of one that is not started, as <see cref="LoadOptions.MaxOpen"/> are open: whether it is measured.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>When the first measured one was due; completes when all have ended.</returns>
    public async Task<TimeSpan> RunAsync(Func<long, bool, TimeSpan, Task> start, Action<bool> refuse, CancellationToken cancellationToken)
    {
        var arrivals = new Arrivals(options.Rate, options.Poisson, random);
        var open = new OpenTrials();
        var measuredFrom = TimeSpan.Zero;
        for (var i = 0L; ; i++)
        {
            var due = arrivals.Next();
            var measured = i - options.WarmUp;
            measuredFrom = measured == 0 ? due : measuredFrom;
            if (measured >= options.Trials || (measured >= 0 && due - measuredFrom >= options.Duration))
            {
                break;
            }

            await clock.UntilAsync(due, cancellationToken);
            if (Volatile.Read(ref _open) >= options.MaxOpen)
            {
                refuse(measured >= 0);
                continue;
            }

            open.Add(CountAsync(start, i, measured >= 0, due));
        }

        await open.AllAsync();
        return measuredFrom;
    }

    private async Task CountAsync(Func<long, bool, TimeSpan, Task> start, long index, bool measured, TimeSpan due)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await start(index, measured, due);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
