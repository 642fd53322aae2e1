using Personalization.Events;

namespace Personalization.Users;

/// <summary>Applies batches to stored forms. Used by its shard only.</summary>
/// <param name="services">What the shards share.</param>
internal sealed class RestingApplier(RestingServices services)
{
    private readonly List<BehaviorEvent> _kept = [];
    private readonly List<EventBatch> _run = [];

    /// <summary>Tells whether a stored form can be applied to: one that a newer release wrote, or a damaged one, cannot.</summary>
    /// <param name="payload">The stored form.</param>
    /// <returns>Why not; null: it can.</returns>
    public Exception? Check(byte[] payload)
    {
        try
        {
            services.States.Read(payload, null);
            return null;
        }
        catch (Exception exception) when (exception is InvalidDataException or UserStateVersionException)
        {
            return exception;
        }
    }

    /// <summary>Applies everything that waits for a user, as one batch where it came from one partition. Each batch's receipt learns what became of it.</summary>
    /// <param name="user">The user, whose row was read.</param>
    /// <returns>What to store.</returns>
    public RestingChange Apply(RestingUser user)
    {
        var change = new RestingChange(user.Payload, user.NextCheck, []);
        _run.Clear();
        foreach (var batch in user.Waiting())
        {
            if (_run.Count > 0 && (batch.Partition != _run[0].Partition || !string.Equals(batch.Epoch, _run[0].Epoch, StringComparison.Ordinal)))
            {
                change = ApplyRun(change);
            }

            _run.Add(batch);
        }

        return _run.Count > 0 ? ApplyRun(change) : change;
    }

    private RestingChange ApplyRun(in RestingChange before)
    {
        var batch = _run.Count == 1 ? _run[0] : _run[0] with { Events = [.. _run.SelectMany(static part => part.Events)] };
        _kept.Clear();
        var change = TryAppend(before, batch) ?? ReadAndApply(before, batch);
        _run.Clear();
        return _kept.Count > 0 ? change with { Kept = [.. before.Kept, .. _kept] } : change;
    }

    private RestingChange? TryAppend(in RestingChange before, EventBatch batch)
    {
        if (!services.States.TryAppend(before.Payload, batch, _kept, out var appended))
        {
            return null;
        }

        batch.Receipt!.Result = appended.Result;
        var plan = _kept.Count > 0 ? services.Churn.Plan(armed: true, appended.LastSeen, _kept, canScore: false) : null;
        return before with
        {
            Payload = appended.Payload,
            NextCheck = plan is { } planned ? services.States.NextCheck(planned.NextCheck, before.NextCheck) : before.NextCheck,
        };
    }

    private RestingChange ReadAndApply(in RestingChange before, EventBatch batch)
    {
        var state = services.States.Read(before.Payload, before.NextCheck);
        var position = state.Positions.Last;
        batch.Receipt!.Result = state.Apply(batch, _kept);
        if (_kept.Count > 0 && services.Churn.Plan(state.Churn.Armed, state.Totals.LastSeen!.Value, _kept, canScore: false) is { } plan)
        {
            state.Churn = state.Churn with { NextCheck = plan.NextCheck };
        }

        return state.Positions.Last == position
            ? before
            : before with { Payload = UserStateCodec.Encode(state), NextCheck = services.States.NextCheck(state, before.NextCheck) };
    }
}
