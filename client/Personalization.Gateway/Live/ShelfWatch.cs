using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Gateway;

/// <summary>Receives one user's shelves for one live stream, and keeps its watch up.</summary>
internal sealed class ShelfWatch(IGrainFactory grains, string userId, Action<RecommendationResponse> onShelf, TimeProvider time) : IUserWatcher, IAsyncDisposable
{
    /// <summary>How long a watch is asked for, and then how long until it is asked for again.</summary>
    internal static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private IUserWatcher? _reference;
    private Task _renewing = Task.CompletedTask;

    /// <summary>Begins to watch.</summary>
    /// <returns>Completes when the watch is up, or was asked for in vain: then it comes up later.</returns>
    public async Task StartAsync()
    {
        _reference = grains.CreateObjectReference<IUserWatcher>(this);
        _renewing = RenewAsync(await TryWatchAsync());
    }

    public Task OnShelf(RecommendationResponse shelf)
    {
        onShelf(shelf);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _renewing;
        if (_reference is not null)
        {
            try
            {
                await User().Unwatch(_reference);
            }
            catch (Exception)
            {
                // The watch ends by itself when it is not renewed.
            }

            grains.DeleteObjectReference<IUserWatcher>(_reference);
        }

        _stopping.Dispose();
    }

    private static RecommendationRequest Request => new() { IncludeItems = true };

    private IUserGrain User() => grains.GetGrain<IUserGrain>(userId);

    private async Task RenewAsync(bool watched)
    {
        try
        {
            while (!watched)
            {
                await Task.Delay(RetryDelay, time, _stopping.Token);
                watched = await TryWatchAsync();
            }

            using var timer = new PeriodicTimer(IUserGrain.WatchDuration / 3, time);
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await TryWatchAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
    }

    private async Task<bool> TryWatchAsync()
    {
        try
        {
            await User().Watch(_reference!, Request).WaitAsync(RetryDelay, time, _stopping.Token);
            return true;
        }
        catch (Exception)
        {
            // The silo of this user may just be moving, or none is there yet.
            return false;
        }
    }
}
