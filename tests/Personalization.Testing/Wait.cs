using System.Diagnostics;

namespace Personalization.Testing;

/// <summary>Waits for conditions instead of guessing a time.</summary>
public static class Wait
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    /// <summary>Polls until a condition holds.</summary>
    /// <param name="condition">The condition; an exception counts as "not yet" and is told when the time is up.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="what">Names the condition in the error.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the condition holds; throws <see cref="TimeoutException"/> otherwise.</returns>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan timeout, string what, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var started = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (true)
        {
            try
            {
                if (await condition())
                {
                    return;
                }

                last = null;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                last = exception;
            }

            if (Stopwatch.GetElapsedTime(started) > timeout)
            {
                throw new TimeoutException($"Waited {timeout.TotalSeconds:0} s for: {what}.", last);
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, TimeSpan, string, CancellationToken)"/>
    public static Task UntilAsync(Func<bool> condition, TimeSpan timeout, string what, CancellationToken cancellationToken = default) =>
        UntilAsync(() => Task.FromResult(condition()), timeout, what, cancellationToken);

    /// <summary>Polls until a condition holds, a minute at most.</summary>
    /// <param name="condition">The condition; an exception counts as "not yet" and is told when the time is up.</param>
    /// <param name="what">Names the condition in the error.</param>
    /// <returns>Completes when the condition holds; throws <see cref="TimeoutException"/> otherwise.</returns>
    public static Task UntilAsync(Func<Task<bool>> condition, string what) => UntilAsync(condition, Long, what);

    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, string)"/>
    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(condition, Long, what);
}
