using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Gateway;

/// <summary>Receives one user's shelves for one live stream and renews its watch.</summary>
internal sealed class ShelfWatch(IGrainFactory grains, string userId, Action<RecommendationResponse> onShelf, TimeProvider time) : IUserWatcher, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private IUserWatcher? _reference;
    private Task _renewing = Task.CompletedTask;

    public async Task StartAsync()
    {
        _reference = grains.CreateObjectReference<IUserWatcher>(this);
        await User().Watch(_reference, Request);
        _renewing = RenewAsync();
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

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(IUserGrain.WatchDuration / 3, time);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stopping.Token);
                await User().Watch(_reference!, Request);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                // The silo of this user may just be moving: the next tick tries again.
            }
        }
    }
}
