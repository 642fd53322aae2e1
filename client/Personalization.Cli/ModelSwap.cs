using Personalization.Client;
using Personalization.Models;
using Personalization.Operations;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Cli;

/// <summary>Waits until the silos have followed the choice of a model.</summary>
/// <param name="client">The gateway.</param>
/// <param name="before">The cluster before the choice: an error that stood there already says nothing of it.</param>
/// <param name="time">The clock.</param>
internal sealed class ModelSwap(IPersonalizationClient client, ClusterStatus before, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits until every silo answers, and those that have an engine serve the model or refuse it.</summary>
    /// <param name="model">The choice.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="progress">Told how many serve it, whenever that changes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Those with an engine; one that refused it does not serve it, and says why.</returns>
    /// <exception cref="TimeoutException">Some do neither within the timeout, or do not answer.</exception>
    public async Task<SiloStatus[]> WaitAsync(ModelRef model, TimeSpan timeout, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (started, said) = (time.GetTimestamp(), "");
        while (true)
        {
            var (silos, silent) = await EnginesAsync(cancellationToken);
            var open = Array.FindAll(silos, silo => !Serves(silo, model) && !HasNewError(silo));
            if (silos.Length > 0 && open.Length == 0 && silent == 0)
            {
                return silos;
            }

            var serving = $"{silos.Count(silo => Serves(silo, model))} of {silos.Length} silos serve it{Silent(silent)}.";
            if (serving != said)
            {
                progress.Report(said = serving);
            }

            if (time.GetElapsedTime(started) >= timeout)
            {
                var left = open.Select(silo => silo.Model.Error is { } error ? $"\n  {silo.Name}: {error}" : $"\n  {silo.Name}: is still loading it, or has not looked yet.");
                throw new TimeoutException($"After {timeout.TotalSeconds:0} s {serving}{string.Concat(left)}\nThe choice stands, and silos go on trying; 'model list' shows it.");
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Whether a silo serves a model, itself or in the variant that the silo is to serve.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="model">The model.</param>
    public static bool Serves(SiloStatus silo, ModelRef model) => silo.Model.Active == model || silo.Model.Chosen == model;

    private bool HasNewError(SiloStatus silo) =>
        silo.Model.Error is { } error && error != Array.Find(before.Silos, same => same.Address == silo.Address)?.Model.Error;

    // A silo that does not answer is in no list: nobody knows whether it has an engine, and what that serves.
    private static string Silent(int? silent) => silent switch
    {
        null => ", as the gateway does not answer",
        0 => "",
        1 => ", and one more does not answer",
        _ => $", and {silent} more do not answer",
    };

    // No number while the gateway does not answer.
    private async Task<(SiloStatus[] Silos, int? Silent)> EnginesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var cluster = await client.GetClusterAsync(cancellationToken);
            return (Array.FindAll(cluster.Silos, silo => silo.Model.Provider is not null), cluster.Silent);
        }
        catch (Exception exception) when (GatewayStart.IsAway(exception, cancellationToken))
        {
            return ([], null);
        }
    }
}
