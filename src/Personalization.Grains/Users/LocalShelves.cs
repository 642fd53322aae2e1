using Microsoft.Extensions.Options;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <inheritdoc cref="ILocalShelves"/>
internal sealed class LocalShelves(ActiveUsers users, Recommender recommender, IOptions<UserOptions> options) : ILocalShelves
{
    private readonly int _most = options.Value.MaxOpenShelves;
    private int _open;

    /// <inheritdoc/>
    public Task<RecommendationResponse> RecommendAsync(string userId, IUserGrain user, RecommendationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(user);
        RequestRules.Check(request);
        return (Volatile.Read(ref _open) >= _most || recommender.IsTooLateFor(request)) && users.Find(userId)?.LastShelf(request) is { } last
            ? Task.FromResult(last)
            : AskAsync(user, request, cancellationToken);
    }

    private async Task<RecommendationResponse> AskAsync(IUserGrain user, RecommendationRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        try
        {
            return await user.Recommend(request, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
