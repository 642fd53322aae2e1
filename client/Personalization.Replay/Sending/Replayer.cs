using Personalization.Events;
using Personalization.Time;

namespace Personalization.Replay;

/// <summary>Sends a stream of events at a chosen rate and moves shop time along. One run at a time; everything else is thread-safe.</summary>
public sealed class Replayer
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);
    private readonly IEventSink _sink;
    private readonly ReplayClock? _clock;
    private readonly TimeProvider _time;
    private readonly Pacer _pacer;
    private long _sent;

    /// <summary>Makes a replayer.</summary>
    /// <param name="sink">Takes the events.</param>
    /// <param name="rate">Events per second, more than 0; <see cref="double.PositiveInfinity"/>: as fast as the sink takes them.</param>
    /// <param name="clock">Moved on to each event's time before the event is sent; null: none.</param>
    /// <param name="time">The real clock, for the rate; null: the system's.</param>
    public Replayer(IEventSink sink, double rate = double.PositiveInfinity, ReplayClock? clock = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _sink = sink;
        _clock = clock;
        _time = time ?? TimeProvider.System;
        _pacer = new Pacer(rate, _time);
    }

    /// <summary>Events that the sink has taken, over all runs.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Sends a stream to its end.</summary>
    /// <param name="events">The stream, in the order in which it is to be sent.</param>
    /// <param name="progress">Told at the beginning, about four times a second and at the end.</param>
    /// <param name="cancellationToken">Stops between two events.</param>
    /// <returns>What was sent. A sink's error ends the run and is thrown on.</returns>
    public async Task<ReplayProgress> RunAsync(
        IAsyncEnumerable<BehaviorEvent> events,
        IProgress<ReplayProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var started = _time.GetTimestamp();
        var reported = started;
        var current = default(ReplayProgress);
        progress?.Report(current);
        await foreach (var behaviorEvent in events.WithCancellation(cancellationToken))
        {
            await _pacer.WaitAsync(cancellationToken);
            _clock?.AdvanceTo(behaviorEvent.Timestamp);
            await _sink.SendAsync(behaviorEvent, cancellationToken);
            Interlocked.Increment(ref _sent);
            var now = _time.GetTimestamp();
            current = new ReplayProgress(current.Sent + 1, behaviorEvent.Timestamp, _time.GetElapsedTime(started, now));
            if (progress is not null && _time.GetElapsedTime(reported, now) >= ProgressInterval)
            {
                reported = now;
                progress.Report(current);
            }
        }

        current = current with { Elapsed = _time.GetElapsedTime(started) };
        progress?.Report(current);
        return current;
    }

    /// <inheritdoc cref="RunAsync(IAsyncEnumerable{BehaviorEvent}, IProgress{ReplayProgress}, CancellationToken)"/>
    public Task<ReplayProgress> RunAsync(
        IEnumerable<BehaviorEvent> events,
        IProgress<ReplayProgress>? progress = null,
        CancellationToken cancellationToken = default) => RunAsync(events.ToAsyncEnumerable(), progress, cancellationToken);
}
