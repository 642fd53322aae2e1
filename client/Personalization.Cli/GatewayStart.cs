using System.Net;
using Personalization.Client;

namespace Personalization.Cli;

/// <summary>Waits for a gateway that is still starting, as one that comes up beside the command does.</summary>
/// <param name="client">The gateway.</param>
/// <param name="time">The clock.</param>
internal sealed class GatewayStart(IPersonalizationClient client, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the gateway answers; what it says when the time is over, or what is no matter of time, is thrown.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="progress">Told once, and what the gateway said, where it has to wait.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Completes when the gateway answers.</returns>
    public async Task WaitAsync(TimeSpan timeout, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (started, told) = (time.GetTimestamp(), false);
        while (true)
        {
            try
            {
                // Whoever may fill the catalogue may ask for this, and the answer comes from the silos.
                await client.GetCategoriesAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (MayPass(exception) && !cancellationToken.IsCancellationRequested && time.GetElapsedTime(started) < timeout)
            {
                if (!told)
                {
                    progress.Report($"The gateway does not answer yet ({exception.Message}); trying for {timeout.TotalSeconds:0} s.");
                    told = true;
                }
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Whether a gateway has not answered, or with a refusal, rather than that the caller gave up.</summary>
    /// <param name="exception">How asking it ended.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static bool IsAway(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or PersonalizationApiException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static bool MayPass(Exception exception) =>
        exception is HttpRequestException or OperationCanceledException or PersonalizationApiException { Status: >= HttpStatusCode.InternalServerError };
}
