using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Inference.Models;
using Personalization.Items;
using Personalization.Models;
using Personalization.Time;

namespace Personalization.Inference.Routing;

/// <summary>
/// Asks the engine on this silo, and where there is none or it cannot answer in time an inference silo, and another one when that fails. Thread-safe.
/// </summary>
/// <param name="services">Holds the engine on inference silos.</param>
/// <param name="targets">The other inference silos.</param>
/// <param name="time">Real time.</param>
/// <param name="logger">Log.</param>
internal sealed partial class InferenceRouter(
    IServiceProvider services, InferenceTargets targets, TimeProvider time, ILogger<InferenceRouter> logger) : IInferenceRouter
{
    private const int DefaultMaxLength = 50;
    private const int Tries = 2;

    private readonly ModelHost? _local = services.GetService<ModelHost>();
    private InferenceReply? _remote;

    /// <inheritdoc/>
    public int MaxLength => _local?.MaxLength ?? Volatile.Read(ref _remote)?.MaxLength ?? DefaultMaxLength;

    /// <inheritdoc/>
    public ModelRef? Model => _local?.Current?.Model ?? Volatile.Read(ref _remote)?.Model;

    /// <inheritdoc/>
    public bool SharesRuns => _local?.Current?.SharesRuns ?? false;

    /// <inheritdoc/>
    public TimeSpan ExpectedTimeOf(TimeSpan budget) => _local?.Current is { } engine && !targets.HasReady(null, InferencePriority.Interactive, budget) ? engine.ExpectedTime : TimeSpan.Zero;

    /// <inheritdoc/>
    public ValueTask<InferenceResult> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        _local?.Current is not null && targets.All.Count == 0 ? _local.InferAsync(request, cancellationToken) : AskAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ItemScore[]?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken)
    {
        if (_local?.Current is { } engine)
        {
            return engine.Similar(itemId, count);
        }

        InferenceTarget? tried = null;
        for (var n = 0; n < Tries && targets.Pick(tried, InferencePriority.Interactive, TimeSpan.Zero) is { } target; n++)
        {
            tried = target;
            try
            {
                return await target.SimilarAsync(itemId, count, retry: n > 0, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogSimilarFailed(e, target.Silo);
            }
        }

        return null;
    }

    private async ValueTask<InferenceResult> AskAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(request.Budget.TotalSeconds * time.TimestampFrequency);
        var own = _local?.Current is null ? null : await AskOwnAsync(_local, request, cancellationToken).ConfigureAwait(false);
        var result = own ?? InferenceResult.None(InferenceStatus.NoModel);
        InferenceTarget? tried = null;
        for (var n = 0; n < Tries && IsWorthAnotherSilo(result.Status); n++)
        {
            var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (left <= TimeSpan.Zero
                || (own is not null && !targets.HasReady(tried, request.Priority, left))
                || targets.Pick(tried, request.Priority, left / 2) is not { } target)
            {
                break;
            }

            // One that hangs must leave time for another.
            var budget = n + 1 < Tries && targets.HasReady(target, request.Priority, left / 2) ? left / 2 : left;
            tried = target;
            if (await target.InferAsync(request, budget, retry: n > 0, cancellationToken).ConfigureAwait(false) is { } answer)
            {
                // Where nobody could answer, this silo's own reason says most.
                result = own is null || answer.Status == InferenceStatus.Ok ? answer : result;
                Learn(target);
            }
        }

        return result;
    }

    // Where another silo is ready to answer in the other half of the time, the own engine gets one: it may hang, too.
    private async ValueTask<InferenceResult> AskOwnAsync(ModelHost engine, InferenceRequest request, CancellationToken cancellationToken)
    {
        var half = request.Budget / 2;
        if (!targets.HasReady(null, request.Priority, half))
        {
            return await engine.InferAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var answer = engine.InferAsync(request with { Budget = half }, cancellationToken);
        try
        {
            return await answer.WithinAsync(half, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }
    }

    // Who has no time says so at once, while there still is some for another.
    private static bool IsWorthAnotherSilo(InferenceStatus status) =>
        status is InferenceStatus.NoModel or InferenceStatus.Overloaded or InferenceStatus.Failed or InferenceStatus.DeadlineExceeded;

    private void Learn(InferenceTarget target)
    {
        if (target.LastReply is { Model: not null } reply)
        {
            Volatile.Write(ref _remote, reply);
        }
    }

    [LoggerMessage(3060, LogLevel.Warning, "Inference silo {Silo} could not be asked for similar items.")]
    private partial void LogSimilarFailed(Exception exception, SiloAddress silo);
}
