namespace Personalization.Client;

/// <summary>How long a caller waits for a read: one that is never answered ends soon after its timeout, not when the connection or Orleans gives up.</summary>
internal static class ReadTime
{
    // What a grain, and the HTTP API, take.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>A timeout as it counts: the nearest that may be asked for.</summary>
    /// <param name="timeout">The caller's.</param>
    /// <returns>1 ms to 10 s.</returns>
    public static TimeSpan Of(TimeSpan timeout) => timeout < Shortest ? Shortest : timeout > Longest ? Longest : timeout;

    /// <summary>Asks, and waits for the answer as long as it may take.</summary>
    /// <param name="ask">Asks; the token ends the waiting.</param>
    /// <param name="timeout">The caller's.</param>
    /// <param name="grace">What the answer may take beyond that.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <typeparam name="T">The answer.</typeparam>
    /// <returns>The answer.</returns>
    /// <exception cref="TimeoutException">There is none by then.</exception>
    public static async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan timeout, TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        var limit = Of(timeout) + grace;
        using var late = new CancellationTokenSource(limit, time);
        await using var given = cancellationToken.UnsafeRegister(static late => ((CancellationTokenSource)late!).Cancel(), late);
        try
        {
            return await ask(late.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested && late.IsCancellationRequested)
        {
            throw new TimeoutException($"The cluster did not answer within {limit.TotalSeconds} s.", exception);
        }
    }
}
