using System.Diagnostics;

namespace Personalization.Benchmarks.Inference;

/// <summary>
/// What became of the requests of a measurement. Thread-safe. There is room for a million from the start: what a measurement keeps and what the one before it
/// left behind would otherwise be collected while it runs.
/// </summary>
internal sealed class Outcome
{
    private const double MostRoom = 1_000_000;
    private const double Spread = 1.1;

    private readonly Lock _lock = new();
    private readonly List<Answer> _answers;

    /// <summary>Makes room, and collects what was there before.</summary>
    /// <param name="perSecond">Answers that are expected, on average.</param>
    /// <param name="span">For so long.</param>
    public Outcome(double perSecond, TimeSpan span)
    {
        _answers = new List<Answer>((int)Math.Min(perSecond * span.TotalSeconds * Spread, MostRoom));
        GC.Collect();
    }

    /// <summary>Length of the measurement, s.</summary>
    public double Seconds { get; set; }

    /// <summary>Requests that were made.</summary>
    public int Sent { get; set; }

    public IReadOnlyCollection<Answer> Answers => _answers;

    public double PerSecond => _answers.Count / Seconds;

    public Latencies Latencies => new(_answers.Select(answer => answer.Milliseconds));

    /// <summary>Answers of the model a second; the others are what is left when it has no time.</summary>
    public double ModelPerSecond => _answers.Count(answer => answer.Reply.IsModel) / Seconds;

    /// <summary>How late requests were made; not at all in a closed loop.</summary>
    public Latencies Generator => new(_answers.Select(answer => answer.Late));

    /// <summary>Answers of the model within a deadline, a second.</summary>
    public double Goodput(double milliseconds) => _answers.Count(answer => answer.Reply.IsModel && answer.Milliseconds <= milliseconds) / Seconds;

    /// <summary>Takes an answer in.</summary>
    /// <param name="milliseconds">From the moment the request was due to its answer.</param>
    /// <param name="late">How late it was made, ms.</param>
    /// <param name="reply">The answer.</param>
    public void Add(double milliseconds, double late, Reply reply)
    {
        lock (_lock)
        {
            _answers.Add(new Answer(milliseconds, late, reply, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>The time of those that were answered in some spans.</summary>
    /// <param name="spans">From and to, timestamps.</param>
    public Latencies Within(IReadOnlyCollection<(long From, long To)> spans) => new(_answers
        .Where(answer => spans.Any(span => span.From <= answer.At && answer.At <= span.To)).Select(answer => answer.Milliseconds));

    /// <summary>How many times what its own run took a request took: percentiles.</summary>
    /// <param name="percent">Of all answers.</param>
    public double TimesOwnRun(double percent) => new Latencies(_answers.Where(answer => answer.Reply.RunMilliseconds > 0)
        .Select(answer => answer.Milliseconds / answer.Reply.RunMilliseconds)).P(percent);

    /// <summary>Where the time of requests goes on average, ms.</summary>
    /// <param name="from">Those slower than this share, percent.</param>
    /// <param name="to">And not slower than this.</param>
    public string Parts(double from, double to)
    {
        Answer[] all = [.. _answers.OrderBy(answer => answer.Milliseconds)];
        var some = all[(int)(all.Length * from / 100)..(int)(all.Length * to / 100)];
        var (total, late) = (Mean(answer => answer.Milliseconds), Mean(answer => answer.Late));
        var (queue, run, service) = (Mean(answer => answer.Reply.QueueMilliseconds), Mean(answer => answer.Reply.RunMilliseconds), Mean(answer => answer.Reply.ServiceMilliseconds));
        var own = service > 0 ? $" + the rest of the service {service - queue - run:0.00}" : string.Empty;
        return $"{total:0.00} ms = made late {late:0.00} + queue {queue:0.00} + its run {run:0.00}{own} + the rest {total - late - Math.Max(service, queue + run):0.00}";

        double Mean(Func<Answer, double> part) => some.Length == 0 ? 0 : some.Average(part);
    }

    public string Results() => string.Join(", ", _answers.GroupBy(answer => answer.Reply.Source, StringComparer.Ordinal)
        .OrderByDescending(group => group.Count()).Select(group => $"{group.Key} {group.Count():N0}"));

    /// <summary>One answer: how long it took, who gave it, and when (a timestamp).</summary>
    internal readonly record struct Answer(double Milliseconds, double Late, Reply Reply, long At);
}
