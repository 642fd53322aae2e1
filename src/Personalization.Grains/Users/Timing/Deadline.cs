namespace Personalization.Users;

/// <summary>When an answer is due, in real time.</summary>
/// <param name="time">Real time.</param>
/// <param name="timeout">How long the answer may take, from when the question was sent.</param>
/// <param name="waited">What of that is spent already.</param>
internal readonly struct Deadline(TimeProvider time, TimeSpan timeout, TimeSpan waited)
{
    private readonly long _start = time.GetTimestamp();
    private readonly TimeSpan _timeout = timeout;
    private readonly TimeSpan _waited = waited;
    private readonly TimeProvider _time = time;

    /// <summary>Time since the question had its turn.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Time that is left; not below zero.</summary>
    public TimeSpan Remaining => _timeout - _waited - Elapsed is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>How long a read may wait for its version: all that is left but a fifth of the whole, at most 20 ms, which is kept for making the answer.</summary>
    public TimeSpan RemainingForVersion
    {
        get
        {
            var reserve = TimeSpan.FromTicks(Math.Min(_timeout.Ticks / 5, TimeSpan.TicksPerMillisecond * 20));
            return Remaining - reserve is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
