using System.Collections.Concurrent;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>A cluster of user grains in memory that outlives the consumers of a test.</summary>
internal sealed class FakeGrains : IUserGrains
{
    private readonly ConcurrentDictionary<string, FakeUser> _users = new(StringComparer.Ordinal);

    /// <summary>Runs before a batch is applied; may wait or throw.</summary>
    public Func<string, EventBatch, Task> BeforeAppend { get; set; } = (_, _) => Task.CompletedTask;

    public IReadOnlyCollection<FakeUser> Users => (IReadOnlyCollection<FakeUser>)_users.Values;

    public int Applied => _users.Values.Sum(user => user.Applied.Count);

    public FakeUser User(string userId) => _users.GetOrAdd(userId, id => new FakeUser(id, this));

    IUserGrain IUserGrains.Of(string userId) => User(userId);
}
