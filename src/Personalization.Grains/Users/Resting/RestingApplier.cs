using Personalization.Events;

namespace Personalization.Users;

/// <summary>Applies batches to stored forms. Used by its shard only.</summary>
/// <param name="services">What the shards share.</param>
internal sealed class RestingApplier(RestingServices services)
{
    private readonly List<BehaviorEvent> _kept = [];

    /// <summary>Applies a batch; one that cannot be applied hears of it.</summary>
    /// <param name="user">The user, whose row was read.</param>
    /// <param name="batch">The batch.</param>
    /// <returns>What became of its events, and whether there is anything to store; null: it was not applied.</returns>
    public (AppendResult Result, bool Changed)? TryApply(RestingUser user, EventBatch batch)
    {
        try
        {
            _kept.Clear();
            var applied = TryAppend(user, batch) ?? ReadAndApply(user, batch);
            if (_kept.Count > 0)
            {
                services.Trending.Add(_kept);
            }

            return applied;
        }
        catch (Exception exception)
        {
            // A row that nobody here can read, written by a newer release or damaged, fails its own batches and nobody else's.
            RestingLog.Failed(services.Logger, exception);
            batch.Receipt!.Failed(exception);
            return null;
        }
    }

    private (AppendResult Result, bool Changed)? TryAppend(RestingUser user, EventBatch batch)
    {
        if (!services.States.TryAppend(user.Payload, batch, _kept, out var appended))
        {
            return null;
        }

        var changed = appended.Payload != user.Payload;
        if (_kept.Count > 0 && services.Churn.Plan(armed: true, appended.LastSeen, _kept, canScore: false) is { } plan)
        {
            user.NextCheck = services.States.NextCheck(plan.NextCheck, user.NextCheck);
        }

        user.Payload = appended.Payload;
        return (appended.Result, changed);
    }

    private (AppendResult Result, bool Changed) ReadAndApply(RestingUser user, EventBatch batch)
    {
        var state = services.States.Read(user.Payload, user.NextCheck);
        var before = state.Positions.Last;
        var result = state.Apply(batch, _kept);
        if (_kept.Count > 0 && services.Churn.Plan(state.Churn.Armed, state.Totals.LastSeen!.Value, _kept, canScore: false) is { } plan)
        {
            state.Churn = state.Churn with { NextCheck = plan.NextCheck };
        }

        var changed = state.Positions.Last != before;
        if (changed)
        {
            user.Payload = UserStateCodec.Encode(state);
            user.NextCheck = services.States.NextCheck(state, user.NextCheck);
        }

        return (result, changed);
    }
}
