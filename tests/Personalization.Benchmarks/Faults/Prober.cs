using System.Diagnostics;

namespace Personalization.Benchmarks.Faults;

/// <summary>Asks for shelves all the time and notes when nobody answers.</summary>
internal sealed class Prober(Uri url, Func<int, string> userId, int users)
{
    private const int PerSecond = 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private readonly List<(double From, double To)> _failures = [];

    /// <summary>Requests sent.</summary>
    public int Asked { get; private set; }

    /// <summary>Requests without an answer within two seconds, or with an error.</summary>
    public int Failed => _failures.Count;

    /// <summary>Seconds of the longest time in which not every request was answered: from the first failed request's start to the last one's end, gaps below a second left out.</summary>
    public double LongestOutage
    {
        get
        {
            double longest = 0, from = double.NegativeInfinity, to = double.NegativeInfinity;
            foreach (var failure in _failures.OrderBy(failure => failure.From))
            {
                from = failure.From - to > 1 ? failure.From : from;
                to = Math.Max(to, failure.To);
                longest = Math.Max(longest, to - from);
            }

            return longest;
        }
    }

    /// <summary>Asks until cancelled.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Completes when the last request has ended.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = url, Timeout = Timeout };
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        var random = new Random(1);
        var started = Stopwatch.GetTimestamp();
        var open = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Asked++;
                open.Add(AskAsync(http, userId(random.Next(users)), started));
                open.RemoveAll(task => task.IsCompleted);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task AskAsync(HttpClient http, string user, long started)
    {
        var from = Stopwatch.GetElapsedTime(started).TotalSeconds;
        try
        {
            using var answer = await http.GetAsync(new Uri($"v1/users/{user}/recommendations?count=5", UriKind.Relative));
            if (answer.IsSuccessStatusCode)
            {
                return;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // Counted below.
        }

        lock (_failures)
        {
            _failures.Add((from, Stopwatch.GetElapsedTime(started).TotalSeconds));
        }
    }
}
