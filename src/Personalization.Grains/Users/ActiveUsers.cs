using System.Collections.Concurrent;
using Personalization.Events;
using Personalization.Telemetry;

namespace Personalization.Users;

/// <summary>
/// The user grains that are active on this silo, each until everything it was given is stored. A batch goes to a grain's turn without a message. Thread-safe.
/// </summary>
internal sealed class ActiveUsers(GrainsInstruments instruments)
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

    /// <summary>Finds a grain.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>The grain; null when the user is not active here.</returns>
    public UserGrain? Find(string userId) => _users.GetValueOrDefault(userId);

    /// <summary>Hands a batch to its user's grain.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="batch">The batch, with a receipt.</param>
    /// <returns>False: the user is not active here.</returns>
    public bool TryAppend(string userId, EventBatch batch)
    {
        if (!_users.TryGetValue(userId, out var grain))
        {
            return false;
        }

        instruments.AppendedToGrain();
        Append(grain, batch);
        return true;
    }

    /// <summary>Hands a batch to a grain.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="batch">The batch, with a receipt.</param>
    public static void Append(UserGrain grain, EventBatch batch) =>
        grain.GrainContext.Scheduler.QueueAction(Deliver, new Delivery(grain, batch, batch.Receipt!));

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
