using System.Collections.Concurrent;
using Personalization.Churn;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Keeps published warnings; can be told to fail for a user.</summary>
public sealed class RecordingSink : IChurnWarningSink
{
    private readonly ConcurrentQueue<ChurnWarning> _published = new();
    private readonly ConcurrentDictionary<string, bool> _broken = new();

    public ChurnWarning[] Of(string user) => [.. _published.Where(w => w.UserId == user)];

    public void Break(string user) => _broken[user] = true;

    public void Repair(string user) => _broken.TryRemove(user, out _);

    public Task PublishAsync(ChurnWarning warning, CancellationToken cancellationToken)
    {
        if (_broken.ContainsKey(warning.UserId))
        {
            throw new IOException("The broker was told to fail.");
        }

        _published.Enqueue(warning);
        return Task.CompletedTask;
    }
}
