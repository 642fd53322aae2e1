using Personalization.Inference;
using Personalization.Recommendations;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Asks the model and comes back in time whatever the router does.</summary>
internal sealed partial class ModelCaller(IInferenceRouter router, TimeProvider time, ILogger<ModelCaller> logger)
{
    /// <summary>The way to the model.</summary>
    public IInferenceRouter Router { get; } = router;

    /// <summary>Asks.</summary>
    /// <param name="request">The question; its budget is the most that is waited.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; it says why when there is no score.</returns>
    public async Task<InferenceResult> AskAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        if (request.Budget <= TimeSpan.Zero)
        {
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }

        try
        {
            return await Router.InferAsync(request, cancellationToken).WithinAsync(request.Budget, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e);
            return InferenceResult.None(InferenceStatus.Failed);
        }
    }

    /// <summary>Why a list did not come from the model.</summary>
    /// <param name="status">How the question ended; not Ok.</param>
    /// <returns>The reason.</returns>
    public static FallbackReason ReasonOf(InferenceStatus status) => status switch
    {
        InferenceStatus.NoModel => FallbackReason.NoModel,
        InferenceStatus.Overloaded => FallbackReason.Overload,
        InferenceStatus.DeadlineExceeded => FallbackReason.Deadline,
        InferenceStatus.NoKnownItems => FallbackReason.NoKnownItems,
        _ => FallbackReason.ModelError,
    };

    [LoggerMessage(2010, LogLevel.Error, "The model could not be asked.")]
    private partial void LogFailed(Exception exception);
}
