namespace Personalization.Replay;

/// <summary>Reports at once, on the thread of the caller.</summary>
/// <param name="report">Takes the reports.</param>
/// <typeparam name="T">What is reported.</typeparam>
public sealed class Reporter<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
