using Microsoft.Extensions.Options;
using Personalization.Inference;
using Personalization.Time;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>Judges one stored user without waking its grain.</summary>
internal sealed partial class SweepJudge(ChurnServices churn, UserStates states, ShopClock shop, IOptions<SweeperOptions> options, ILogger<SweepJudge> logger)
{
    // A state nobody here can read, written by a newer release: another silo will.
    private static readonly TimeSpan Unreadable = TimeSpan.FromHours(1);

    // Where no model names a horizon: three of these is about a year, then nobody looks any more.
    private const int UnknownHorizonDays = 120;

    public async Task<SweptUser> JudgeAsync(DueUser user, CancellationToken cancellationToken)
    {
        if (Decode(user) is not { } state)
        {
            return new SweptUser(user, SweepOutcome.Later, shop.GetUtcNow() + Unreadable);
        }

        if (state.Churn.Unpublished is not null)
        {
            return new SweptUser(user, SweepOutcome.Crossed);
        }

        var scored = await churn.Scorer.ScoreAsync(user.UserId, state, InferencePriority.Bulk, options.Value.ScoreBudget, cancellationToken);
        return scored switch
        {
            null => new SweptUser(user, SweepOutcome.Later),
            { Input: { } input } => Judge(user, state, input),
            { Status: InferenceStatus.NoKnownItems } => new SweptUser(user, SweepOutcome.Later, Unscored(state)),
            { Status: InferenceStatus.Failed } => new SweptUser(user, SweepOutcome.Failed, shop.GetUtcNow() + Unreadable),
            _ => new SweptUser(user, SweepOutcome.Unanswered),
        };
    }

    // What the shopper's memory becomes only the grain stores: a warning, and that the next crossing warns again.
    private SweptUser Judge(DueUser user, UserState state, ChurnInput input)
    {
        var decision = churn.Policy.Decide(state.Churn, input);
        return decision.Warning is not null || decision.Memory.Armed != state.Churn.Armed
            ? new SweptUser(user, SweepOutcome.Crossed)
            : new SweptUser(user, SweepOutcome.ScoredLater, decision.Memory.NextCheck);
    }

    private DateTimeOffset? Unscored(UserState state) =>
        churn.Policy.NextCheck(state.Sequence.Newest!.Value.Timestamp, shop.GetUtcNow(), UnknownHorizonDays);

    private UserState? Decode(DueUser user)
    {
        try
        {
            return states.Read(user.Payload, user.NextCheck);
        }
        catch (Exception e) when (e is UserStateVersionException or InvalidDataException)
        {
            LogUnreadable(UserHash.Of(user.UserId), e);
            return null;
        }
    }

    [LoggerMessage(2301, LogLevel.Error, "The stored state of user {User} cannot be read; a sweep tries again in an hour.")]
    private partial void LogUnreadable(string user, Exception exception);
}
