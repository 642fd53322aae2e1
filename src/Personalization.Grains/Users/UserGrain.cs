using Orleans.Concurrency;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>One shopper. Thin: holds the state and hands every concern to the class that knows it. Calls interleave, so reads see an event before it is durable.</summary>
[Reentrant]
internal sealed class UserGrain : Grain, IUserGrain
{
    private readonly IPersistentState<UserRecord> _stored;
    private readonly UserServices _services;
    private readonly UserStateStore _store;
    private readonly VersionWaiters _waiters;
    private readonly ShelfCache _shelves;
    private readonly ShelfWatchers _watchers;
    private UserState _state;

    public UserGrain([PersistentState(UserRecord.StateName, UserRecord.ProviderName)] IPersistentState<UserRecord> stored, UserServices services)
    {
        _stored = stored;
        _services = services;
        var options = services.Options;
        _state = new UserState(options.SequenceCapacity, options.EventIdWindow);
        _store = new UserStateStore(stored, Capture, OnWriteFailed);
        _waiters = new VersionWaiters(services.Time);
        _shelves = new ShelfCache(services.Time, options.ShelfCacheDuration);
        _watchers = new ShelfWatchers(this, options.WatchPushDelay, services.Time, r => Recommend(r, CancellationToken.None), services.Logger);
    }

    private UserView View => new(this.GetPrimaryKeyString(), _state, _shelves, _store.Revision);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var options = _services.Options;
        _state = UserStateCodec.Decode(_stored.State.Payload, options.SequenceCapacity, options.EventIdWindow);
        _services.Instruments.UserActivated();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _services.Instruments.UserDeactivated();
        return Task.CompletedTask;
    }

    public async Task<AppendResult> Append(EventBatch batch)
    {
        _store.ThrowIfFailed();
        var before = _state.Positions.Last;
        var kept = new List<StoredEvent>(batch.Events.Length);
        var result = _state.Apply(batch, kept);
        if (_state.Positions.Last != before)
        {
            _store.Changed();
            _waiters.Release(_state);
        }

        if (kept.Count > 0)
        {
            _watchers.Changed();
        }

        // Also for a batch that was applied before: it is acknowledged only when it is durable.
        await _store.SaveAsync();
        _services.Trending.Add(kept);
        return result;
    }

    public async Task<RecommendationResponse> Recommend(RecommendationRequest request, CancellationToken cancellationToken)
    {
        RequestRules.Check(request);
        var deadline = NewDeadline(request.Timeout);
        var stale = await IsStaleAsync(request.MinVersion, deadline, cancellationToken);
        var waited = deadline.Elapsed;
        var shelf = await _services.Recommender.RecommendAsync(View, request, deadline, cancellationToken);
        var elapsed = deadline.Elapsed;
        _services.Instruments.Recommended(shelf.Source, elapsed);
        return shelf with
        {
            Stale = stale,
            Timings = shelf.Timings with { Wait = waited.TotalMilliseconds, Grain = elapsed.TotalMilliseconds },
        };
    }

    public async Task<RankResponse> Rank(RankRequest request, CancellationToken cancellationToken)
    {
        RequestRules.Check(request);
        var deadline = NewDeadline(request.Timeout);
        var stale = await IsStaleAsync(request.MinVersion, deadline, cancellationToken);
        var waited = deadline.Elapsed;
        var order = await _services.Ranker.RankAsync(View, request, deadline, cancellationToken);
        return order with
        {
            Stale = stale,
            Timings = order.Timings with { Wait = waited.TotalMilliseconds, Grain = deadline.Elapsed.TotalMilliseconds },
        };
    }

    public Task<UserProfile> GetProfile(UserQuery query) => throw new NotSupportedException();

    public async Task<HistoryPage> GetHistory(HistoryQuery query)
    {
        RequestRules.Check(query);
        var stale = await IsStaleAsync(query.MinVersion, NewDeadline(query.Timeout), CancellationToken.None);
        return HistoryReader.Read(this.GetPrimaryKeyString(), _state, query) with { Stale = stale };
    }

    public Task<ChurnStatus> GetChurn(UserQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> CheckChurn() => throw new NotSupportedException();

    public async Task Erase()
    {
        _store.ThrowIfFailed();
        _state.Erase(_services.Shop.GetUtcNow());
        _store.Changed();
        _shelves.Clear(_store.Revision);
        _watchers.Changed();
        await _store.SaveAsync();
    }

    public Task Watch(IUserWatcher watcher, RecommendationRequest request)
    {
        RequestRules.Check(request);
        _watchers.Watch(watcher, request);
        return Task.CompletedTask;
    }

    public Task Unwatch(IUserWatcher watcher)
    {
        _watchers.Unwatch(watcher);
        return Task.CompletedTask;
    }

    private Deadline NewDeadline(TimeSpan timeout) => new(_services.Time, RequestRules.Timeout(timeout));

    private async ValueTask<bool> IsStaleAsync(string? minVersion, Deadline deadline, CancellationToken cancellationToken)
    {
        if (RequestRules.Version(minVersion) is not { } position
            || _state.Covers(position)
            || await _waiters.WaitAsync(position, deadline.RemainingForVersion, cancellationToken))
        {
            return false;
        }

        _services.Instruments.Stale();
        return true;
    }

    private UserRecord Capture(UserRecord record)
    {
        record.Payload = UserStateCodec.Encode(_state);
        return record;
    }

    private void OnWriteFailed(Exception exception)
    {
        UserLog.WriteFailed(_services.Logger, UserLog.Hash(this.GetPrimaryKeyString()), exception);
        _waiters.ReleaseAll();
        DeactivateOnIdle();
    }
}
