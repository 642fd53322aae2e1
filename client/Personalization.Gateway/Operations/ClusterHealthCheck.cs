using Microsoft.Extensions.Diagnostics.HealthChecks;
using Personalization.Operations;

namespace Personalization.Gateway;

/// <summary>
/// Ready when a silo answers. It asks several and waits for the first, for less than the second that a probe usually has: one silo that hangs must
/// not make all gateways unready.
/// </summary>
internal sealed class ClusterHealthCheck(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time) : IHealthCheck
{
    // The client sends each key's calls to one silo, so several keys reach several silos.
    private const int Keys = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The gateway is stopping.");
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        await foreach (var answer in Task.WhenEach(Enumerable.Range(0, Keys).Select(key => AnswersAsync(key, asking.Token)).ToArray()).WithCancellation(cancellationToken))
        {
            if (await answer)
            {
                await asking.CancelAsync();
                return HealthCheckResult.Healthy();
            }
        }

        return HealthCheckResult.Unhealthy("No silo answers.");
    }

    private async Task<bool> AnswersAsync(int key, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IClusterGrain>(key).Ping(cancellationToken).WaitAsync(cancellationToken);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
