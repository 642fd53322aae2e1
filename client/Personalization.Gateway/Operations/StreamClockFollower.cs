using Personalization.Client;
using Personalization.Time;

namespace Personalization.Gateway;

/// <summary>Under a stream clock, takes shop time from the silos, as this process consumes no events itself.</summary>
internal sealed class StreamClockFollower(ShopClock clock, IPersonalizationClient client, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (clock is not ReplayClock replay)
        {
            return;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                replay.AdvanceTo((await client.GetClusterAsync(stoppingToken)).ShopTime);
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The cluster is not there yet: shop time waits with it.
            }
        }
    }
}
