using Personalization.Events;
using Personalization.Time;

namespace Personalization.Replay;

/// <summary>Sends events at a chosen rate and drives the replay clock. The rate can be changed while it runs.</summary>
/// <param name="sink">Where events go.</param>
/// <param name="clock">Moved to each event's time before the event is sent; null: none.</param>
/// <param name="time">The real clock.</param>
public sealed class Replayer(IEventSink sink, ReplayClock? clock, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private double _rate;

    /// <summary>Events per second; 0 pauses, infinity does not wait at all.</summary>
    public double Rate
    {
        get => Volatile.Read(ref _rate);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _rate, value);
        }
    }

    /// <summary>Replays to the end.</summary>
    /// <param name="events">The events in order.</param>
    /// <param name="skip">Events of earlier runs, not sent again.</param>
    /// <param name="progress">Told at least once a second; null: nobody.</param>
    /// <param name="cancellationToken">Stops after the event at hand.</param>
    /// <returns>Events sent in all (with <paramref name="skip"/>), all acknowledged.</returns>
    public async Task<long> RunAsync(IReadOnlyList<BehaviorEvent> events, long skip, IProgress<ReplayProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        var position = Math.Min(skip, events.Count);
        var budget = 0.0;
        var last = time.GetTimestamp();
        var reported = last;
        try
        {
            while (position < events.Count && !cancellationToken.IsCancellationRequested)
            {
                if (!double.IsPositiveInfinity(Rate))
                {
                    await Task.Delay(Tick, time, cancellationToken);
                }

                var now = time.GetTimestamp();
                // At most a second is caught up, so that a pause of the process is not followed by a flood.
                budget = Math.Min(budget + (Rate * time.GetElapsedTime(last, now).TotalSeconds), Math.Max(Rate, 1));
                last = now;
                var due = double.IsPositiveInfinity(Rate) ? 1_000 : (int)budget;
                budget -= double.IsPositiveInfinity(Rate) ? 0 : due;
                for (; due > 0 && position < events.Count; due--, position++)
                {
                    clock?.AdvanceTo(events[(int)position].Timestamp);
                    await sink.SendAsync(events[(int)position], cancellationToken);
                }

                if (time.GetElapsedTime(reported) > TimeSpan.FromSeconds(0.5) || position == events.Count)
                {
                    reported = time.GetTimestamp();
                    progress?.Report(new ReplayProgress(position, events.Count, events[(int)Math.Max(0, position - 1)].Timestamp));
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping is an ordinary end: what was sent is flushed below.
        }

        await sink.FlushAsync(CancellationToken.None);
        return position;
    }
}
