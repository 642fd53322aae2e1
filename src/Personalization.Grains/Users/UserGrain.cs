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
    private readonly VersionWaiters _waiters;
    private readonly ShelfCache _shelves;
    private readonly ShelfWatchers _watchers;
    private UserSession _session = null!;
    private ChurnKeeper _churn = null!;

    public UserGrain([PersistentState(UserRecord.StateName, UserRecord.ProviderName)] IPersistentState<UserRecord> stored, UserServices services)
    {
        _stored = stored;
        _services = services;
        _waiters = new VersionWaiters(services.Time);
        _shelves = new ShelfCache(services.Time, services.Options.ShelfCacheDuration);
        _watchers = new ShelfWatchers(this, services.Options.WatchPushDelay, services.Time, r => Recommend(r, CancellationToken.None), services.Logger);
    }

    private UserView View => new(_session.UserId, _session.State, _shelves, _session.Content);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var options = _services.Options;
        var state = UserStateCodec.Decode(_stored.State.Payload, options.SequenceCapacity, options.EventIdWindow);
        state.Churn = state.Churn with { NextCheck = _stored.State.NextCheck };
        _session = new UserSession(this.GetPrimaryKeyString(), state, new UserStateStore(_stored, Capture, OnWriteFailed));
        _churn = new ChurnKeeper(this, _session, _services);
        _churn.Activated();
        _services.Instruments.UserActivated();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_session is not null)
        {
            _services.Instruments.UserDeactivated();
        }

        return Task.CompletedTask;
    }

    public async Task<AppendResult> Append(EventBatch batch)
    {
        _session.Store.ThrowIfFailed();
        var before = _session.State.Positions.Last;
        var kept = new List<BehaviorEvent>(batch.Events.Length);
        var result = _session.State.Apply(batch, kept);
        if (_session.State.Positions.Last != before)
        {
            _session.ContentChanged();
            _waiters.Release(_session.State);
        }

        if (kept.Count > 0)
        {
            _churn.Appended(kept);
            _watchers.Changed();
        }

        // Also for a batch that was applied before: it is acknowledged only when it is durable.
        await _session.Store.SaveAsync();
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

    public async Task<UserProfile> GetProfile(UserQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var stale = await IsStaleAsync(query.MinVersion, NewDeadline(query.Timeout), CancellationToken.None);
        var state = _session.State;
        return _services.Profiles.Build(_session.UserId, state.Version, state.Totals, state.Sequence, _services.Shop.GetUtcNow()) with { Stale = stale };
    }

    public async Task<HistoryPage> GetHistory(HistoryQuery query)
    {
        RequestRules.Check(query);
        var stale = await IsStaleAsync(query.MinVersion, NewDeadline(query.Timeout), CancellationToken.None);
        return HistoryReader.Read(_session.UserId, _session.State, query) with { Stale = stale };
    }

    public async Task<ChurnStatus> GetChurn(UserQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var deadline = NewDeadline(query.Timeout);
        await IsStaleAsync(query.MinVersion, deadline, cancellationToken);
        return await _churn.GetStatusAsync(deadline.Remaining, cancellationToken);
    }

    public Task<bool> CheckChurn()
    {
        _session.Store.ThrowIfFailed();
        return _churn.CheckAsync();
    }

    public async Task Erase()
    {
        _session.Store.ThrowIfFailed();
        _session.State.Erase(_services.Shop.GetUtcNow());
        _session.ContentChanged();
        _shelves.Clear(_session.Content);
        _watchers.Changed();
        await _session.Store.SaveAsync();
        UserLog.Erased(_services.Logger, UserLog.Hash(_session.UserId));
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
            || _session.State.Covers(position)
            || await _waiters.WaitAsync(position, deadline.RemainingForVersion, cancellationToken))
        {
            return false;
        }

        _services.Instruments.Stale();
        return true;
    }

    private void Capture(UserRecord record)
    {
        record.Payload = UserStateCodec.Encode(_session.State);

        // A warning that is not published yet is due at once: should this silo go now, a sweeper finds it.
        record.NextCheck = _session.State.Churn.Unpublished is { } warning ? warning.DetectedAt : Planned(record.NextCheck, _session.State.Churn.NextCheck);
    }

    // A check that comes too early costs one look of a sweeper, a moved one an index entry with every write: it moves only when it must.
    private DateTimeOffset? Planned(DateTimeOffset? stored, DateTimeOffset? next) =>
        stored is { } planned && planned <= next && planned > _services.Shop.GetUtcNow() ? planned : next;

    private void OnWriteFailed(Exception exception)
    {
        UserLog.WriteFailed(_services.Logger, UserLog.Hash(_session.UserId), exception);
        _waiters.ReleaseAll();
        DeactivateOnIdle();
    }
}
