using System.Globalization;
using System.Text;

namespace Personalization.Benchmarks.Stream;

/// <summary>Resident memory of processes over time.</summary>
/// <param name="processes">Their ids.</param>
internal sealed class MemoryLog(IReadOnlyList<int> processes)
{
    private const int Width = 720, Height = 240, Margin = 48;
    private readonly List<(TimeSpan At, double Mebibytes)> _samples = [];

    /// <summary>The newest sample, MiB.</summary>
    public double Last => _samples[^1].Mebibytes;

    /// <summary>MiB from the median of the second quarter to that of the last: the first one fills.</summary>
    public double Growth
    {
        get
        {
            var (early, late) = Statistics.Quarters(_samples.ConvertAll(sample => sample.Mebibytes));
            return late - early;
        }
    }

    /// <summary>Samples until cancelled.</summary>
    /// <param name="period">Between samples.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Completes after the last sample.</returns>
    public async Task RunAsync(TimeSpan period, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(period);
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                _samples.Add((TimeProvider.System.GetElapsedTime(started), processes.Sum(CpuMeter.ResidentMebibytes)));
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    /// <summary>Draws it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="title">Title.</param>
    public void WriteGraph(string file, string title)
    {
        var (longest, most) = (_samples[^1].At, _samples.Max(sample => sample.Mebibytes) * 1.1);
        var points = new StringBuilder();
        foreach (var (at, mebibytes) in _samples)
        {
            var x = Margin + ((Width - (2 * Margin)) * (at / longest));
            var y = Height - Margin - ((Height - (2 * Margin)) * mebibytes / most);
            points.Append(CultureInfo.InvariantCulture, $"{x:0.0},{y:0.0} ");
        }

        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="{Margin}" y="20">{title}</text>
            <path d="M{Margin} {Margin} V{Height - Margin} H{Width - Margin}" stroke="gray" fill="none"/>
            <text x="4" y="{Margin}">{most:0} MiB</text><text x="4" y="{Height - Margin}">0</text>
            <text x="{Width - Margin}" y="{Height - Margin + 16}" text-anchor="end">{longest.TotalMinutes:0.0} min</text>
            <polyline points="{points}" stroke="#0b62c4" stroke-width="1.5" fill="none"/>
            </svg>
            """));
    }
}
