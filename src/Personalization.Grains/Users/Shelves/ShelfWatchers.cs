using Orleans.Utilities;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Pushes new shelves to those who watch one user. Several events shortly after one another make one push.</summary>
internal sealed partial class ShelfWatchers
{
    private readonly ObserverManager<IUserWatcher, Watch> _watches;
    private readonly Func<RecommendationRequest, Task<RecommendationResponse>> _recommend;
    private readonly OneShotTimer _timer;
    private readonly ILogger _logger;

    public ShelfWatchers(IGrainBase grain, TimeSpan delay, TimeProvider time, Func<RecommendationRequest, Task<RecommendationResponse>> recommend, ILogger logger)
    {
        _watches = new ObserverManager<IUserWatcher, Watch>(IUserGrain.WatchDuration, logger) { GetDateTime = () => time.GetUtcNow().UtcDateTime };
        _recommend = recommend;
        _logger = logger;
        _timer = new OneShotTimer(grain, delay, PushAsync);
    }

    /// <summary>Whether nobody watches any more.</summary>
    public bool IsEmpty
    {
        get
        {
            _watches.ClearExpired();
            return _watches.Count == 0;
        }
    }

    /// <summary>Adds or renews a watch.</summary>
    /// <param name="watcher">The watcher.</param>
    /// <param name="request">The shelf it wants.</param>
    public void Watch(IUserWatcher watcher, RecommendationRequest request) => _watches.Subscribe(watcher, new Watch(watcher, request));

    /// <summary>Ends a watch.</summary>
    /// <param name="watcher">The watcher.</param>
    public void Unwatch(IUserWatcher watcher) => _watches.Unsubscribe(watcher);

    /// <summary>Notes that the state changed.</summary>
    public void Changed()
    {
        if (_watches.Count > 0)
        {
            _timer.Arm();
        }
    }

    private async Task PushAsync()
    {
        _watches.ClearExpired();
        foreach (var group in _watches.Select(w => w).ToLookup(w => w.Request))
        {
            try
            {
                var shelf = await _recommend(group.Key);
                var wanting = group.Select(w => w.Watcher).ToHashSet();
                await _watches.Notify(w => w.Watcher.OnShelf(shelf), w => wanting.Contains(w.Watcher));
            }
            catch (Exception e)
            {
                LogPushFailed(e);
            }
        }
    }

    [LoggerMessage(2020, LogLevel.Warning, "A new shelf could not be pushed to its watchers; the next change tries again.")]
    private partial void LogPushFailed(Exception exception);
}
