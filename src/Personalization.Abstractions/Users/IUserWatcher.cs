using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Receives a user's new shelves (best effort: the newest counts).</summary>
[Alias("personalization.user-watcher")]
public interface IUserWatcher : IGrainObserver
{
    /// <summary>A shelf made after the user's state changed.</summary>
    /// <param name="shelf">The shelf.</param>
    /// <returns>Completes at once.</returns>
    [Alias("shelf")]
    Task OnShelf(RecommendationResponse shelf);
}
