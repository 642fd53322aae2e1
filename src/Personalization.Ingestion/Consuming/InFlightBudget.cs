namespace Personalization.Ingestion;

/// <summary>Bounds what is read but not yet durable; the consume thread waits on it. Thread-safe.</summary>
/// <param name="maxEvents">Events at most.</param>
/// <param name="maxBytes">Bytes at most.</param>
internal sealed class InFlightBudget(int maxEvents, long maxBytes) : IDisposable
{
    private readonly ManualResetEventSlim _signal = new();
    private int _events;
    private long _bytes;
    private int _waiting;

    /// <summary>Events in flight.</summary>
    public int Events => Volatile.Read(ref _events);

    /// <summary>Bytes in flight.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether nothing more may be read.</summary>
    public bool IsFull => Events >= maxEvents || Bytes >= maxBytes;

    /// <summary>Whether enough has drained to go on: a quarter, so that reading does not go on event by event.</summary>
    public bool HasRoom => Events <= maxEvents - ((maxEvents + 3) / 4) && Bytes <= maxBytes - (maxBytes / 4);

    /// <summary>Takes an event in.</summary>
    public void Add(int bytes)
    {
        Interlocked.Increment(ref _events);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Lets events go and wakes the consume thread if it waits.</summary>
    public void Release(int events, long bytes)
    {
        Interlocked.Add(ref _events, -events);
        Interlocked.Add(ref _bytes, -bytes);
        if (Volatile.Read(ref _waiting) != 0)
        {
            _signal.Set();
        }
    }

    /// <summary>Blocks the one consume thread until a condition holds that releases bring about.</summary>
    /// <returns>Whether it holds.</returns>
    public bool Wait(Func<bool> condition, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var start = time.GetTimestamp();
        Interlocked.Exchange(ref _waiting, 1);
        try
        {
            while (true)
            {
                _signal.Reset();
                if (condition())
                {
                    return true;
                }

                var left = timeout - time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || cancellationToken.IsCancellationRequested)
                {
                    return false;
                }

                try
                {
                    _signal.Wait(left, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return condition();
                }
            }
        }
        finally
        {
            Interlocked.Exchange(ref _waiting, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();
}
