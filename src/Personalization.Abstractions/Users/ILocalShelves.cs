using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>
/// The way to a shelf for who lives in a silo's process. It asks the shopper's grain: without a message, and without a turn while nothing of the shopper waits to be
/// stored. When the silo has more to do than it can in time, and the shopper's last shelf still holds, it gives that one. Thread-safe.
/// </summary>
public interface ILocalShelves
{
    /// <summary>Makes a shelf.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="user">The shopper's grain.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf.</returns>
    /// <remarks>
    /// Whoever awaits it without a context of its own goes on on the thread that tells the answers of a run of the model, or at once where the shelf is there: not
    /// to block there, and not to ask in a loop without yielding.
    /// </remarks>
    Task<RecommendationResponse> RecommendAsync(string userId, IUserGrain user, RecommendationRequest request, CancellationToken cancellationToken);
}
