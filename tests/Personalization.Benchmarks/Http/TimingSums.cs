using System.Globalization;
using System.Text;

namespace Personalization.Benchmarks.Http;

/// <summary>Means of what the service says of its own time (<c>Server-Timing</c>). Keeps sums only: what a load generator keeps, its own garbage collections have to move. Thread-safe.</summary>
internal sealed class TimingSums
{
    private const string Duration = ";dur=";

    private readonly Lock _lock = new();
    private readonly List<(string Name, double Sum)> _sums = [];
    private int _count;

    /// <summary>Takes a header in.</summary>
    /// <param name="header">Its value.</param>
    public void Add(ReadOnlySpan<char> header)
    {
        lock (_lock)
        {
            _count++;
            foreach (var range in header.Split(", "))
            {
                var part = header[range];
                var at = part.IndexOf(Duration, StringComparison.Ordinal);
                if (at > 0)
                {
                    Add(part[..at], double.Parse(part[(at + Duration.Length)..], CultureInfo.InvariantCulture));
                }
            }
        }
    }

    /// <summary>The means since the last call.</summary>
    /// <returns>Text, or null when there was nothing.</returns>
    public string? Take()
    {
        lock (_lock)
        {
            var text = _count == 0
                ? null
                : new StringBuilder("means, ms: ").AppendJoin(", ", _sums.Select(sum => string.Create(CultureInfo.InvariantCulture, $"{sum.Name} {sum.Sum / _count:0.00}"))).ToString();
            _sums.Clear();
            _count = 0;
            return text;
        }
    }

    private void Add(ReadOnlySpan<char> name, double value)
    {
        for (var i = 0; i < _sums.Count; i++)
        {
            if (name.SequenceEqual(_sums[i].Name))
            {
                _sums[i] = (_sums[i].Name, _sums[i].Sum + value);
                return;
            }
        }

        _sums.Add((name.ToString(), value));
    }
}
