using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Inference.Models;
using Personalization.Items;
using Personalization.Models;

namespace Personalization.Inference.Routing;

/// <summary>
/// Asks the engine on this silo, or else an inference silo, and another one when that fails. An engine that cannot answer in time is passed over while another
/// silo may. Thread-safe.
/// </summary>
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
    public int MaxLength => _local?.MaxLength ?? Volatile.Read(ref _remote)?.MaxLength ?? DefaultMaxLength;

    /// <inheritdoc/>
    public ModelRef? Model => _local?.Current?.Model ?? Volatile.Read(ref _remote)?.Model;

    /// <inheritdoc/>
    public bool SharesRuns => _local?.Current?.SharesRuns ?? false;

    /// <inheritdoc/>
    public TimeSpan ExpectedTime => _local?.Current is { } engine && !targets.HasReady ? engine.ExpectedTime : TimeSpan.Zero;

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
        var result = InferenceResult.None(InferenceStatus.NoModel);
        var local = _local?.Current is { } engine && (engine.ExpectedTime <= request.Budget || !targets.HasReady) ? _local : null;
        if (local is not null)
        {
            result = await local.InferAsync(request, cancellationToken);
            if (result.Status is InferenceStatus.Overloaded or InferenceStatus.DeadlineExceeded && !targets.HasReady)
            {
                return result;
            }
        }

        InferenceTarget? tried = null;
        for (var n = 0; n < Tries && IsWorthAnotherSilo(result.Status, deadline) && targets.Pick(tried) is { } target; n++)
        {
            // One that hangs must leave time for the other.
            var now = time.GetTimestamp();
            var until = n + 1 < Tries && targets.All.Count > 1 ? now + ((deadline - now) / 2) : deadline;
            tried = target;
            if (await target.SendAsync(request, until, cancellationToken) is { } answer)
            {
                result = answer;
                Learn(target);
            }
        }

        // It was passed over for others who could not answer either: its own word is the last, and it may have caught up.
        return local is null && _local?.Current is not null && result.Status != InferenceStatus.Ok
            ? await _local.InferAsync(request with { Budget = time.GetElapsedTime(time.GetTimestamp(), deadline) }, cancellationToken)
            : result;
    }

    // Who has no time says so at once, while there still is some for another.
    private bool IsWorthAnotherSilo(InferenceStatus status, long deadline) =>
        status is InferenceStatus.NoModel or InferenceStatus.Overloaded or InferenceStatus.Failed or InferenceStatus.DeadlineExceeded
        && time.GetTimestamp() < deadline;

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
