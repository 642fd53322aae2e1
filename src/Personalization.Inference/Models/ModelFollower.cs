using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Models;
using Personalization.Operations;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Inference.Models;

/// <summary>
/// Loads a model when the silo starts, the one that the cluster chose, else one that other silos serve, else the default, and follows the cluster's choice from
/// then on. So a silo that starts beside others brings no newer package in: that is what the choice is for.
/// </summary>
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

    // What cannot be asked when the silo starts is asked again while it runs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private ModelRef? _failed;
    private int _rounds;
    private int _challenges;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken).WaitAsync(cancellationToken);
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
                // What a model takes to load, a silo that stops does not wait for: the host gives it up.
                await FollowAsync().WaitAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogChoiceUnknown(e);
            }
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var desired = await AskAsync(async () => await grains.GetGrain<IModelGrain>(0).GetDesired(), cancellationToken);
        if (desired is null || !await host.LoadAsync(desired))
        {
            _failed = desired;
            var cluster = await AskAsync(() => grains.GetGrain<IClusterGrain>(0).GetStatus(), cancellationToken);
            await host.LoadDefaultAsync(ServedBy(cluster?.Silos ?? []), host.GetStatus().Error);
        }
    }

    private async Task FollowAsync()
    {
        var grain = grains.GetGrain<IModelGrain>(0);
        await FollowAsync(await grain.GetDesired());
        await host.ChallengeAsync(await grain.GetChallenge(), again: ++_challenges % RoundsBetweenTries == 0);
    }

    private async Task<T?> AskAsync<T>(Func<Task<T>> question, CancellationToken cancellationToken)
    {
        try
        {
            return await question().WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogStartAlone(e);
            return default;
        }
    }

    private static ModelRef? ServedBy(SiloStatus[] silos) =>
        silos.Select(silo => silo.Model.Active).OfType<ModelRef>().CountBy(model => model).OrderByDescending(model => model.Value).FirstOrDefault().Key;

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

        if (host.Serves(desired) && _failed is null)
        {
            return;
        }

        if (desired != _failed || ++_rounds % RoundsBetweenTries == 0)
        {
            _failed = await host.LoadAsync(desired) ? null : desired;
            _rounds = 0;
        }
    }

    [LoggerMessage(3041, LogLevel.Warning, "The cluster could not be asked which model it serves; the silo starts with its default.")]
    private partial void LogStartAlone(Exception exception);

    [LoggerMessage(3040, LogLevel.Debug, "Which model the cluster wants could not be asked.")]
    private partial void LogChoiceUnknown(Exception exception);
}
