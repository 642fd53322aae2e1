namespace Personalization.Benchmarks.Inference;

/// <summary>Milliseconds of many requests.</summary>
internal sealed class Latencies(IEnumerable<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    public double Max => _sorted.Length == 0 ? 0 : _sorted[^1];

    public double P(double percent) => _sorted.Length == 0 ? 0 : _sorted[(int)Math.Min(_sorted.Length - 1, _sorted.Length * percent / 100)];

    public override string ToString() => $"p50 {P(50):0.00}  p99 {P(99):0.00}  p99.9 {P(99.9):0.00}  max {Max:0.00} ms  (n={Count:N0})";
}
