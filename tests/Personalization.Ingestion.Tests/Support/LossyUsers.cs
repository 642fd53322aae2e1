using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>Users of this silo of which some lose what they applied before it was stored, as when a write fails.</summary>
/// <param name="grains">What was stored.</param>
/// <param name="losses">The batches that are lost, by number.</param>
internal sealed class LossyUsers(FakeGrains grains, params HashSet<int> losses) : ILocalUsers
{
    private readonly Lock _lock = new();
    private int _batches;

    public int Lost { get; private set; }

    public bool TryAppend(string userId, EventBatch batch)
    {
        lock (_lock)
        {
            if (batch.Receipt!.IsVoid)
            {
                batch.Receipt.Failed(new InvalidOperationException("given up"));
            }
            else if (losses.Contains(++_batches))
            {
                Lost++;
                batch.Receipt.Applied();
                batch.Receipt.Failed(new TimeoutException("store"));
            }
            else
            {
                batch.Receipt.Result = grains.User(userId).Append(batch).Result;
                batch.Receipt.Applied();
                batch.Receipt.Durable();
            }

            return true;
        }
    }

    public void Hasten()
    {
    }
}
