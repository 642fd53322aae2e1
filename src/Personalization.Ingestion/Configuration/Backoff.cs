namespace Personalization.Ingestion;

/// <summary>Delays that double up to a cap.</summary>
/// <param name="first">The first delay.</param>
/// <param name="max">The cap.</param>
internal struct Backoff(TimeSpan first, TimeSpan max)
{
    private TimeSpan _next = first;

    /// <summary>The next delay.</summary>
    public TimeSpan Next()
    {
        var delay = _next < max ? _next : max;
        _next = delay * 2;
        return delay;
    }

    /// <summary>Waits for the next delay.</summary>
    /// <returns>False when cancelled.</returns>
    public readonly async Task<bool> WaitAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(delay, time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
