using System.Diagnostics;
using System.Globalization;

namespace Personalization.Benchmarks;

/// <summary>Processor time of processes and their children, from <c>/proc</c>.</summary>
internal sealed class CpuMeter
{
    private const double TicksPerSecond = 100;
    private readonly Dictionary<string, int[]> _processes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _before = new(StringComparer.Ordinal);

    /// <summary>Adds processes to what is measured.</summary>
    /// <param name="name">Name in the report.</param>
    /// <param name="ids">Their ids.</param>
    public void Add(string name, params int[] ids) => _processes[name] = ids;

    /// <summary>Begins.</summary>
    public void Start()
    {
        foreach (var (name, ids) in _processes)
        {
            _before[name] = Seconds(ids);
        }
    }

    /// <summary>Processor time since <see cref="Start"/>.</summary>
    /// <param name="events">Events it is divided by.</param>
    /// <returns>Microseconds an event, by name.</returns>
    public IReadOnlyDictionary<string, double> PerEvent(long events) => _processes.ToDictionary(
        entry => entry.Key, entry => (Seconds(entry.Value) - _before[entry.Key]) * 1e6 / events, StringComparer.Ordinal);

    /// <summary>Processor times as text.</summary>
    /// <param name="costs">Microseconds an event, by name.</param>
    /// <returns>Names and times.</returns>
    public static string Text(IReadOnlyDictionary<string, double> costs) => string.Join(", ", costs.Select(cost => $"{cost.Key} {cost.Value:0.0}"));

    /// <summary>Resident memory of a process.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>MiB.</returns>
    public static double ResidentMebibytes(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.WorkingSet64 / 1048576.0;
    }

    private static double Seconds(int[] roots)
    {
        var stats = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)).Select(Stat).Where(stat => stat is not null).Select(stat => stat!.Value).ToList();
        var family = roots.ToHashSet();
        for (var grown = true; grown;)
        {
            grown = false;
            foreach (var stat in stats.Where(stat => family.Contains(stat.Parent)))
            {
                grown |= family.Add(stat.Id);
            }
        }

        return stats.Where(stat => family.Contains(stat.Id)).Sum(stat => stat.Ticks) / TicksPerSecond;
    }

    private static (int Id, int Parent, double Ticks)? Stat(string? id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            double Number(int index) => double.Parse(fields[index], CultureInfo.InvariantCulture);

            // State, parent, …; 11-14: user and system time, own and of children that have ended (PostgreSQL's backends come and go).
            return (int.Parse(id!, CultureInfo.InvariantCulture), (int)Number(1), Number(11) + Number(12) + Number(13) + Number(14));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
