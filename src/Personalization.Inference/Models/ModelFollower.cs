using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Models;

namespace Personalization.Inference.Models;

/// <summary>Loads the configured model when the silo starts and follows the cluster's choice from then on.</summary>
/// <param name="host">Holds the model.</param>
/// <param name="grains">The way to the choice.</param>
/// <param name="options">How often to look.</param>
/// <param name="time">Real time.</param>
/// <param name="logger">Log.</param>
internal sealed partial class ModelFollower(
    ModelHost host, IGrainFactory grains, IOptions<InferenceOptions> options, TimeProvider time, ILogger<ModelFollower> logger)
    : BackgroundService
{
    // A package that failed is tried again only so often: each try reads and warms it up.
    private const int RoundsBetweenTries = 12;

    private ModelRef? _failed;
    private int _rounds;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        host.EnsureProvider();
        await host.LoadDefaultAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.FollowInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var grain = grains.GetGrain<IModelGrain>(0);
                await FollowAsync(await grain.GetDesired());
                await host.ChallengeAsync(await grain.GetChallenge());
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogChoiceUnknown(e);
            }
        }
    }

    private async Task FollowAsync(ModelRef? desired)
    {
        if (desired is null)
        {
            if (host.Current is null && ++_rounds % RoundsBetweenTries == 0)
            {
                await host.LoadDefaultAsync();
            }

            return;
        }

        if (desired == host.Current?.Model && _failed is null)
        {
            return;
        }

        if (desired != _failed || ++_rounds % RoundsBetweenTries == 0)
        {
            _failed = await host.LoadAsync(desired) ? null : desired;
            _rounds = 0;
        }
    }

    [LoggerMessage(3040, LogLevel.Debug, "Which model the cluster wants could not be asked.")]
    private partial void LogChoiceUnknown(Exception exception);
}
