using System.Collections.Concurrent;

namespace Personalization.Benchmarks.Inference;

/// <summary>What became of the requests of a measurement. Thread-safe.</summary>
internal sealed class Outcome
{
    private readonly ConcurrentQueue<Answer> _answers = [];
    private readonly List<double> _late = [];

    /// <summary>Length of the measurement, s.</summary>
    public double Seconds { get; set; }

    /// <summary>Requests that were made.</summary>
    public int Sent { get; set; }

    public IReadOnlyCollection<Answer> Answers => _answers;

    public double PerSecond => _answers.Count / Seconds;

    public Latencies Latencies => new(_answers.Select(answer => answer.Milliseconds));

    /// <summary>How late requests were made; empty in a closed loop.</summary>
    public Latencies Generator => new(_late);

    /// <summary>Answers of the model within a deadline, a second.</summary>
    public double Goodput(double milliseconds) => _answers.Count(answer => answer.Result == "model" && answer.Milliseconds <= milliseconds) / Seconds;

    public void Add(double milliseconds, string result) => _answers.Enqueue(new Answer(milliseconds, result));

    /// <summary>Notes how late a request was made. For one thread.</summary>
    public void Late(double milliseconds) => _late.Add(milliseconds);

    public string Results() => string.Join(", ", _answers.GroupBy(answer => answer.Result, StringComparer.Ordinal)
        .OrderByDescending(group => group.Count()).Select(group => $"{group.Key} {group.Count():N0}"));

    /// <summary>One answer: how long it took and who gave it.</summary>
    internal readonly record struct Answer(double Milliseconds, string Result);
}
