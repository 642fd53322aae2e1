using Microsoft.Extensions.Options;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <inheritdoc cref="ILocalShelves"/>
internal sealed class LocalShelves : ILocalShelves
{
    // Well within the time after which the runtime ends a grain that gets no message.
    private static readonly TimeSpan MessageEvery = TimeSpan.FromMinutes(2);

    private readonly ActiveUsers _users;
    private readonly Recommender _recommender;
    private readonly TimeProvider _time;
    private readonly int _most;
    private readonly Action _ended;
    private int _open;

    public LocalShelves(ActiveUsers users, Recommender recommender, IOptions<UserOptions> options, TimeProvider time)
    {
        (_users, _recommender, _time, _most) = (users, recommender, time, options.Value.MaxOpenShelves);
        _ended = () => Interlocked.Decrement(ref _open);
    }

    /// <inheritdoc/>
    public Task<RecommendationResponse> RecommendAsync(string userId, IUserGrain user, RecommendationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(user);
        RequestRules.Check(request);
        var grain = _users.Find(userId);
        if ((Volatile.Read(ref _open) >= _most || _recommender.IsTooLateFor(request)) && grain?.LastShelf(request) is { } last)
        {
            return Task.FromResult(last);
        }

        Interlocked.Increment(ref _open);
        try
        {
            return grain is null or { Leaves: true } || _time.GetElapsedTime(grain.MessageAt) >= MessageEvery
                ? CountAsync(user.Recommend(request, cancellationToken))
                : grain.TryRecommendAtRest(request, cancellationToken, out var shelf)
                    ? CountAsync(shelf)
                    : new ShelfCall(grain, user, request, _ended, cancellationToken).SendAsync();
        }
        catch
        {
            _ended();
            throw;
        }
    }

    private async Task<RecommendationResponse> CountAsync(Task<RecommendationResponse> shelf)
    {
        try
        {
            return await shelf.ConfigureAwait(false);
        }
        finally
        {
            _ended();
        }
    }
}
