using System.Globalization;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>A silo that a test started.</summary>
internal sealed record SiloProcess(ChildProcess Process, Uri Url) : IAsyncDisposable
{
    /// <summary>How often it ran the model, from its metrics.</summary>
    public Task<double> RunsAsync() => SumAsync("personalization_inference_run_duration_seconds_count");

    /// <summary>How many questions were in these runs.</summary>
    public Task<double> QuestionsAsync() => SumAsync("personalization_inference_batch_size_sum");

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private async Task<double> SumAsync(string metric)
    {
        using var http = new HttpClient { BaseAddress = Url };
        var metrics = await http.GetStringAsync(new Uri("metrics", UriKind.Relative));
        return metrics.Split('\n').Where(line => line.StartsWith(metric, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
