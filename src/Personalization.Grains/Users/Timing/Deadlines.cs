using System.Collections.Concurrent;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>
/// Says when answers are due, counting what their questions waited before the grain's turn. How far a caller's clock is off, and how long the way takes at
/// best, is the smallest delay lately seen of it (the base delay of LEDBAT, RFC 6817): what a question took beyond that it has waited. Thread-safe.
/// </summary>
/// <param name="time">Real time.</param>
internal sealed class Deadlines(TimeProvider time)
{
    private const int MostCallers = 4_096;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, BaseDelay> _callers = new();

    /// <summary>When the answer to a question is due that has its turn now.</summary>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="sent">When it was sent, or null.</param>
    /// <returns>The deadline.</returns>
    public Deadline Of(TimeSpan timeout, SendStamp? sent) =>
        new(time, RequestRules.Timeout(timeout), sent is { } stamp ? Waited(stamp) : TimeSpan.Zero);

    private TimeSpan Waited(SendStamp sent)
    {
        // Every start of a gateway is a caller of its own.
        if (!_callers.ContainsKey(sent.Caller) && _callers.Count >= MostCallers)
        {
            _callers.Clear();
        }

        var delay = SendStamp.Microseconds(time) - sent.At;
        var least = _callers.GetOrAdd(sent.Caller, static _ => new BaseDelay()).With(delay, time.GetTimestamp(), (long)(Window.TotalSeconds * time.TimestampFrequency));
        return TimeSpan.FromMicroseconds(delay - least);
    }

    // The least of this window and the one before it: it follows a clock that goes slower or faster, and does not forget in between.
    private sealed class BaseDelay
    {
        private readonly Lock _lock = new();
        private long _before = long.MaxValue;
        private long _least = long.MaxValue;
        private long _since = long.MinValue;

        public long With(long delay, long now, long window)
        {
            lock (_lock)
            {
                if (_since == long.MinValue || now - _since > window)
                {
                    (_before, _least, _since) = (_least, delay, now);
                }

                _least = Math.Min(_least, delay);
                return Math.Min(_before, _least);
            }
        }
    }
}
