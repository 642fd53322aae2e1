using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Inference.Models;
using Personalization.Items;
using Personalization.Models;

namespace Personalization.Inference.Routing;

/// <summary>Asks the engine on this silo, or else an inference silo, and another one when that fails. Thread-safe.</summary>
/// <param name="services">Holds the engine on inference silos.</param>
/// <param name="targets">The other inference silos.</param>
/// <param name="transport">The way to them.</param>
/// <param name="time">Real time.</param>
/// <param name="logger">Log.</param>
internal sealed partial class InferenceRouter(
    IServiceProvider services, InferenceTargets targets, IInferenceTransport transport, TimeProvider time, ILogger<InferenceRouter> logger)
    : IInferenceRouter
{
    private const int DefaultMaxLength = 50;
    private const int Tries = 2;

    private readonly ModelHost? _local = services.GetService<ModelHost>();
    private InferenceReply? _remote;

    /// <inheritdoc/>
    public int MaxLength => _local?.Current?.MaxLength ?? Volatile.Read(ref _remote)?.MaxLength ?? DefaultMaxLength;

    /// <inheritdoc/>
    public ModelRef? Model => _local?.Current?.Model ?? Volatile.Read(ref _remote)?.Model;

    /// <inheritdoc/>
    public bool SharesRuns => _local?.Current?.SharesRuns ?? false;

    /// <inheritdoc/>
    public TimeSpan ExpectedTime => _local?.Current?.ExpectedTime ?? TimeSpan.Zero;

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
        for (var n = 0; n < Tries && targets.Pick(tried) is { } target; n++)
        {
            tried = target;
            try
            {
                return await transport.SimilarAsync(target.Silo, itemId, count).WaitAsync(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                target.Rest();
                LogSimilarFailed(e, target.Silo);
            }
        }

        return null;
    }

    private async ValueTask<InferenceResult> AskAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(request.Budget.TotalSeconds * time.TimestampFrequency);
        var result = _local?.Current is null ? InferenceResult.None(InferenceStatus.NoModel) : await _local.InferAsync(request, cancellationToken);
        InferenceTarget? tried = null;
        for (var n = 0; n < Tries && IsWorthAnotherSilo(result.Status); n++)
        {
            if (targets.Pick(tried) is not { } target)
            {
                break;
            }

            if (time.GetTimestamp() >= deadline)
            {
                return InferenceResult.None(InferenceStatus.DeadlineExceeded);
            }

            tried = target;
            if (await target.SendAsync(request, deadline, cancellationToken) is { } answer)
            {
                result = answer;
                Learn(target);
            }
        }

        return result;
    }

    private static bool IsWorthAnotherSilo(InferenceStatus status) =>
        status is InferenceStatus.NoModel or InferenceStatus.Overloaded or InferenceStatus.Failed;

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
