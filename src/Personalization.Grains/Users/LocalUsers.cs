using System.Collections.Concurrent;
using Personalization.Events;

namespace Personalization.Users;

/// <summary>Knows the user grains that are active on this silo.</summary>
internal sealed class LocalUsers(SnapshotQueue snapshots) : ILocalUsers
{
    private static readonly Action<object> Deliver = static delivery => ((Delivery)delivery).Run();
    private readonly ConcurrentDictionary<string, UserGrain> _users = new(StringComparer.Ordinal);

    /// <summary>Lists a grain.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="grain">The grain; it has read its state.</param>
    public void Enter(string userId, UserGrain grain) => _users[userId] = grain;

    /// <summary>Forgets a grain that holds nothing any more that is not stored.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="grain">The grain; a newer one of the same user stays.</param>
    public void Leave(string userId, UserGrain grain) => _users.TryRemove(KeyValuePair.Create(userId, grain));

    /// <inheritdoc/>
    public bool TryAppend(string userId, EventBatch batch)
    {
        if (!_users.TryGetValue(userId, out var grain))
        {
            return false;
        }

        grain.GrainContext.Scheduler.QueueAction(Deliver, new Delivery(grain, batch, batch.Receipt!));
        return true;
    }

    /// <inheritdoc/>
    public void Hasten() => snapshots.Hasten();

    /// <summary>A batch on its way to the grain's turn.</summary>
    private sealed class Delivery(UserGrain grain, EventBatch batch, AppendReceipt receipt)
    {
        public void Run()
        {
            try
            {
                grain.Accept(batch, receipt);
            }
            catch (Exception exception)
            {
                receipt.Failed(exception);
            }
        }
    }
}
