namespace Personalization.Benchmarks;

/// <summary>What a benchmark asks of its figures: said at its end, and in its exit code.</summary>
internal sealed class Bars
{
    /// <summary>Exit code of a benchmark that missed one.</summary>
    public const int Missed = 2;

    private readonly List<(string Bar, string Figure, bool IsMet)> _all = [];

    /// <summary>Judges a figure.</summary>
    /// <param name="bar">What is asked.</param>
    /// <param name="figure">What was measured.</param>
    /// <param name="isMet">Whether it is enough.</param>
    public void Add(string bar, string figure, bool isMet) => _all.Add((bar, figure, isMet));

    /// <summary>Prints all.</summary>
    /// <returns>Exit code.</returns>
    public int Judge()
    {
        foreach (var (bar, figure, isMet) in _all)
        {
            Console.WriteLine($"{(isMet ? "met   " : "MISSED")}  {bar}: {figure}");
        }

        return _all.TrueForAll(bar => bar.IsMet) ? 0 : Missed;
    }
}
