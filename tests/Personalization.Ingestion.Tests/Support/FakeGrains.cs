using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>A cluster of user grains in memory that outlives the consumers of a test.</summary>
internal sealed class FakeGrains
{
    private readonly ConcurrentDictionary<string, FakeUser> _users = new(StringComparer.Ordinal);

    public FakeGrains()
    {
        Factory = DispatchProxy.Create<IGrainFactory, FactoryProxy>();
        ((FactoryProxy)(object)Factory).Grains = this;
    }

    public IGrainFactory Factory { get; }

    /// <summary>Runs before a batch is applied; may wait or throw.</summary>
    public Func<string, EventBatch, Task> BeforeAppend { get; set; } = (_, _) => Task.CompletedTask;

    public IReadOnlyCollection<FakeUser> Users => (IReadOnlyCollection<FakeUser>)_users.Values;

    public int Applied => _users.Values.Sum(user => user.Applied.Count);

    public FakeUser User(string userId) => _users.GetOrAdd(userId, id => new FakeUser(id, this));

    [SuppressMessage("Performance", "CA1852", Justification = "A proxy is derived from it at run time.")]
    internal class FactoryProxy : DispatchProxy
    {
        internal FakeGrains Grains { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var type = targetMethod!.ReturnType;
            return type == typeof(IUserGrain) ? Grains.User((string)args![0]!)
                : throw new NotSupportedException(targetMethod.ToString());
        }
    }
}
