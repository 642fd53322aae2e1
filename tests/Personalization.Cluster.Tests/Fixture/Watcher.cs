using System.Threading.Channels;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Keeps the shelves it is sent.</summary>
internal sealed class Watcher : IUserWatcher
{
    public Channel<RecommendationResponse> Shelves { get; } = Channel.CreateUnbounded<RecommendationResponse>();

    public Task OnShelf(RecommendationResponse shelf)
    {
        Shelves.Writer.TryWrite(shelf);
        return Task.CompletedTask;
    }
}
