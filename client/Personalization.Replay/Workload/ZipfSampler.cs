namespace Personalization.Replay;

/// <summary>
/// Draws ranks 1 to n with P(k) in proportion to k^-skew, in constant time and memory whatever n is: rejection-inversion
/// (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", ACM TOMACS 6(3), 1996).
/// Immutable and thread-safe; the caller brings the chance.
/// </summary>
public sealed class ZipfSampler
{
    private readonly double _skew;
    private readonly double _first;
    private readonly double _last;
    private readonly double _accept;

    /// <summary>Makes a sampler.</summary>
    /// <param name="count">Number of ranks, at least 1.</param>
    /// <param name="skew">At least 0; 0 is even.</param>
    public ZipfSampler(int count, double skew)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(skew);
        Count = count;
        _skew = skew;
        _first = Integral(1.5) - 1;
        _last = Integral(count + 0.5);
        _accept = 2 - IntegralInverse(Integral(2.5) - Density(2));
    }

    /// <summary>Number of ranks.</summary>
    public int Count { get; }

    /// <summary>Draws a rank.</summary>
    /// <param name="random">Source of chance.</param>
    /// <returns>From 0 (the most frequent) to <see cref="Count"/> - 1.</returns>
    public int Next(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (_skew == 0)
        {
            return random.Next(Count);
        }

        while (true)
        {
            var u = _last + (random.NextDouble() * (_first - _last));
            var x = IntegralInverse(u);
            var k = Math.Clamp((int)(x + 0.5), 1, Count);
            if (k - x <= _accept || u >= Integral(k + 0.5) - Density(k))
            {
                return k - 1;
            }
        }
    }

    private double Density(double x) => Math.Exp(-_skew * Math.Log(x));

    /// <summary>Integral of x^-skew, well behaved around skew 1: (x^(1-skew) - 1) / (1 - skew), and log x at 1.</summary>
    private double Integral(double x)
    {
        var log = Math.Log(x);
        return ExpMinusOneOver((1 - _skew) * log) * log;
    }

    private double IntegralInverse(double x)
    {
        var t = Math.Max(-1, x * (1 - _skew));
        return Math.Exp(LogOnePlusOver(t) * x);
    }

    // (e^x - 1) / x and log(1 + x) / x by their series where the plain form loses its digits.
    private static double ExpMinusOneOver(double x) => Math.Abs(x) > 1e-5 ? (Math.Exp(x) - 1) / x : 1 + (x / 2 * (1 + (x / 3)));

    private static double LogOnePlusOver(double x) => Math.Abs(x) > 1e-5 ? Math.Log(1 + x) / x : 1 - (x * (0.5 - (x / 3)));
}
