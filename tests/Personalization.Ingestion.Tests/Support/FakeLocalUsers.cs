using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>Users of this silo that keep what they are handed; the test answers for them.</summary>
internal sealed class FakeLocalUsers : ILocalUsers
{
    private readonly HashSet<string> _here = new(StringComparer.Ordinal);

    public List<EventBatch> Sent { get; } = [];

    public void Enter(string userId) => _here.Add(userId);

    public void Leave(string userId) => _here.Remove(userId);

    public bool TryAppend(string userId, EventBatch batch)
    {
        if (!_here.Contains(userId))
        {
            return false;
        }

        Sent.Add(batch);
        return true;
    }

    public void Hasten()
    {
    }
}
