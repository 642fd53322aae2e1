namespace Personalization.Cli.Load;

/// <summary>When trials are due, whatever became of earlier ones (open loop).</summary>
/// <param name="rate">Per second, more than 0.</param>
/// <param name="poisson">Exponential gaps, or equal ones.</param>
/// <param name="random">Source of chance.</param>
internal sealed class Arrivals(double rate, bool poisson, Random random)
{
    private long _count;
    private double _seconds;

    /// <summary>The next one.</summary>
    /// <returns>Time since the beginning.</returns>
    public TimeSpan Next()
    {
        var due = poisson ? _seconds : _count / rate;
        _count++;
        _seconds += -Math.Log(1 - random.NextDouble()) / rate;
        return TimeSpan.FromSeconds(due);
    }
}
