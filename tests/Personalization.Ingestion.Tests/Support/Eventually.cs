using System.Diagnostics;

namespace Personalization.Ingestion.Tests;

/// <summary>Waits for a condition.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    public static async Task HoldsAsync(Func<bool> condition, string what, TimeSpan? timeout = null)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            if (watch.Elapsed > (timeout ?? Default))
            {
                throw new TimeoutException($"Not within {timeout ?? Default}: {what}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
