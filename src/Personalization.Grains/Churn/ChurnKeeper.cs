using Personalization.Events;
using Personalization.Inference;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>
/// Churn of one user: plans the next check with every event, renews the score where it can change anything, and warns. A warning is stored before it is
/// published and marked afterwards, so a crash in between repeats it under the same id instead of losing it.
/// </summary>
internal sealed class ChurnKeeper
{
    private static readonly TimeSpan PublishPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PublishAgain = TimeSpan.FromSeconds(5);
    private readonly UserSession _session;
    private readonly UserServices _services;
    private readonly ChurnServices _churn;
    private readonly IGrainBase _grain;
    private OneShotTimer? _refresh;
    private OneShotTimer? _publishAgain;
    private Task<bool>? _publishing;

    public ChurnKeeper(IGrainBase grain, UserSession session, UserServices services)
    {
        _grain = grain;
        _session = session;
        _services = services;
        _churn = services.Churn;
    }

    /// <summary>Goes on with a warning that was stored and not published.</summary>
    public void Activated()
    {
        if (_session.State.Churn.Unpublished is not null)
        {
            ArmPublishAgain();
        }
    }

    /// <summary>Plans for new events, before they are written: no write of its own.</summary>
    /// <param name="events">The new events.</param>
    public void Appended(List<BehaviorEvent> events)
    {
        var state = _session.State;
        if (_churn.Plan(state.Churn.Armed, state.Totals.LastSeen!.Value, events, canScore: true) is { } plan)
        {
            state.Churn = state.Churn with { NextCheck = plan.NextCheck };
            if (plan.Soon)
            {
                ArmRefresh();
            }
        }
    }

    /// <summary>Scores from the grain's own state, warns at most once and stores the next check.</summary>
    /// <returns>Whether a warning was published.</returns>
    public async Task<bool> CheckAsync()
    {
        if (_session.State.Churn.Unpublished is not null)
        {
            return await PublishAsync();
        }

        return await ScoreAsync(InferencePriority.Refresh) is { } input && await ApplyAsync(input, always: true);
    }

    /// <summary>Churn scored now, for whoever asks.</summary>
    /// <param name="budget">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The status.</returns>
    public async Task<ChurnStatus> GetStatusAsync(TimeSpan budget, CancellationToken cancellationToken)
    {
        var state = _session.State;
        var version = state.Version;
        var known = state.IsKnown;
        var scored = await _churn.Scorer.ScoreAsync(_session.UserId, state, InferencePriority.Interactive, budget, cancellationToken);
        var status = new ChurnStatus
        {
            UserId = _session.UserId,
            Version = version,
            NextCheck = state.Churn.NextCheck,
            Warnings = [.. state.Churn.Warnings],
        };
        return scored switch
        {
            { Input: { } input } => status with
            {
                Probability = input.Score.Probability,
                Level = input.Score.Level,
                HorizonDays = input.Score.HorizonDays,
                Reasons = _churn.Policy.Decide(state.Churn, input).Reasons,
                Model = input.Model,
            },
            { Status: var failed } => status with { FallbackReason = ModelCaller.ReasonOf(failed) },
            null => status with { FallbackReason = known ? Recommendations.FallbackReason.EmptyHistory : Recommendations.FallbackReason.UnknownUser },
        };
    }

    private async Task RefreshAsync()
    {
        try
        {
            if (await ScoreAsync(InferencePriority.Refresh) is { } input)
            {
                await ApplyAsync(input, always: false);
            }
        }
        catch (Exception e)
        {
            // The planned check is stored: a sweeper looks again.
            UserLog.RefreshFailed(_services.Logger, UserHash.Of(_session.UserId), e);
        }
    }

    private async Task<ChurnInput?> ScoreAsync(InferencePriority priority) =>
        (await _churn.Scorer.ScoreAsync(_session.UserId, _session.State, priority, _services.Options.ChurnRefreshBudget, CancellationToken.None))?.Input;

    private async Task<bool> ApplyAsync(ChurnInput input, bool always)
    {
        var state = _session.State;
        if (state.Version != input.Version || state.Sequence.Count == 0)
        {
            // Something happened meanwhile: that has a renewal of its own.
            return false;
        }

        var before = state.Churn;
        var decision = _churn.Policy.Decide(before, input);
        state.Churn = decision.Memory;
        _session.Store.Changed();
        if (always || decision.Warning is not null || before.Armed != decision.Memory.Armed || IsSooner(decision.Memory.NextCheck))
        {
            await _session.Store.SaveAsync();
        }

        return decision.Warning is not null && await PublishAsync();
    }

    // A stored check that comes too early costs one look of a sweeper; only one that comes too late is worth a write of its own.
    private bool IsSooner(DateTimeOffset? next) => next is not null && (_session.Store.StoredNextCheck is not { } stored || next < stored);

    private Task<bool> PublishAsync() => _publishing is { IsCompleted: false } ? _publishing : _publishing = PublishPendingAsync();

    private void ArmRefresh() => (_refresh ??= new OneShotTimer(_grain, _services.Options.ChurnRefreshDelay, RefreshAsync)).Arm();

    private void ArmPublishAgain() => (_publishAgain ??= new OneShotTimer(_grain, PublishAgain, PublishAsync)).Arm();

    private async Task<bool> PublishPendingAsync()
    {
        if (_session.State.Churn.Unpublished is not { } warning)
        {
            return false;
        }

        try
        {
            using var patience = new CancellationTokenSource(PublishPatience, _services.Time);
            await _churn.Sink.PublishAsync(warning, patience.Token);
        }
        catch (Exception e)
        {
            UserLog.PublishFailed(_services.Logger, UserHash.Of(_session.UserId), e);
            ArmPublishAgain();
            return false;
        }

        _services.Instruments.Warned();
        var state = _session.State;
        state.Churn = ChurnPolicy.Published(state.Churn, warning, state.Sequence, _churn.Shop.GetUtcNow());
        _session.Store.Changed();
        await _session.Store.SaveAsync();
        return true;
    }
}
