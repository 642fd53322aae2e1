namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Waits for a condition; says what it was when it does not come true.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, int seconds = 10)
    {
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            try
            {
                await pace.WaitForNextTickAsync(giveUp.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"Not within {seconds} s: {what}.", e);
            }
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what, int seconds = 10) => TrueAsync(() => Task.FromResult(condition()), what, seconds);
}
