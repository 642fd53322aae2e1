namespace Personalization.Time;

/// <summary>Waits for answers that may be there already.</summary>
public static class AnswerWaits
{
    /// <summary>Waits for an answer no longer than it is of use; one that is there costs nothing.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="answer">The answer to come.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="time">Real time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public static ValueTask<T> WithinAsync<T>(this ValueTask<T> answer, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        answer.IsCompleted ? answer : new ValueTask<T>(answer.AsTask().WaitAsync(patience, time, cancellationToken));
}
