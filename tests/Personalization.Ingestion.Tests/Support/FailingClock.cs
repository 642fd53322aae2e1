using Personalization.Time;

namespace Personalization.Ingestion.Tests;

/// <summary>Shop time that cannot be told the first times it is asked for.</summary>
/// <param name="failures">How often.</param>
internal sealed class FailingClock(int failures) : ShopClock
{
    private int _asked;

    public override DateTimeOffset GetUtcNow() =>
        Interlocked.Increment(ref _asked) <= failures ? throw new InvalidOperationException("No time.") : System.GetUtcNow();
}
