using System.Diagnostics.CodeAnalysis;
using Orleans.Concurrency;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Items;
using Personalization.Placement;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>
/// One shopper. Thin: holds the state and hands every concern to the class that knows it. Calls interleave, so reads see an event before it is durable.
/// </summary>
[Reentrant]
[StreamPlacement]
internal sealed class UserGrain : Grain, IUserGrain, IUserStateOwner
{
    private readonly UserServices _services;
    private UserSession _session = null!;
    private ChurnKeeper _churn = null!;
    private VersionWaiters? _waiters;
    private ShelfCache? _shelves;
    private ShelfWatchers? _watchers;
    private volatile bool _leaves;
    private long _messageAt;

    public UserGrain(UserServices services) => _services = services;

    /// <summary>Whether it takes nothing in any more. For any thread.</summary>
    internal bool Leaves => _leaves;

    /// <summary>Timestamp of the last question that came as a message, by which the runtime knows that the grain is in use. For any thread.</summary>
    internal long MessageAt => Volatile.Read(ref _messageAt);

    private bool IsWatched => _watchers is { IsEmpty: false };

    private UserView View => new(_session, _shelves ??= new ShelfCache(_services.Flights, _services.Time, _services.Options.ShelfCacheDuration), _session.Content);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var userId = this.GetPrimaryKeyString();
        try
        {
            await _services.Resting.WakeAsync(userId).WaitAsync(cancellationToken);
            var stored = new StoredUser(_services.Storage, this.GetGrainId());
            await stored.ReadAsync();

            // Nobody ends an activation that the runtime has given up meanwhile: it must not begin.
            cancellationToken.ThrowIfCancellationRequested();
            _session = new UserSession(userId, stored, _services, this, GrainContext);
        }
        catch
        {
            _services.Resting.NotWoken(userId);
            throw;
        }

        _churn = new ChurnKeeper(this, _session, _services);
        _churn.Activated();
        _services.Instruments.UserActivated();
        _services.Resting.Woken(userId, this);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_session is null)
        {
            return;
        }

        // Listed until everything is stored or known to be lost: whoever appends to the row or calls the next activation counts on that.
        _leaves = true;
        await _session.Store.LeaveAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _session.Store.Abandon();
        _services.Active.Leave(_session.UserId, this);
        _services.Instruments.UserDeactivated();
    }

    public async Task<AppendResult> Append(EventBatch batch)
    {
        if (batch.Receipt is { } receipt)
        {
            return Accept(batch, receipt);
        }

        var result = Apply(batch);

        // Also for a batch that was applied before: it is acknowledged only when it is durable.
        await _session.Store.SaveAsync(_services.Options.SnapshotDelayOf(batch));
        if (!IsWatched && _services.Streams.SiloOf(_session.UserId) is { } reader && !reader.Equals(GrainContext.Address.SiloAddress))
        {
            // The user's partition moved: the grain follows it.
            this.MigrateOnIdle();
        }

        return result;
    }

    /// <summary>Applies a batch whose sender does not wait until it is stored. On the grain's turn.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="receipt">Hears what becomes of it.</param>
    /// <returns>What became of its events.</returns>
    /// <exception cref="InvalidOperationException">It was not applied.</exception>
    internal AppendResult Accept(EventBatch batch, AppendReceipt receipt)
    {
        if (_leaves || receipt.IsVoid)
        {
            throw new UserLeavesException();
        }

        var result = Apply(batch);
        receipt.Result = result;
        receipt.Applied();
        _session.Store.Save(receipt, _services.Options.SnapshotDelayOf(batch));
        _session.RestEarly();
        return result;
    }

    public Task<RecommendationResponse> Recommend(RecommendationRequest request, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _messageAt, _services.Time.GetTimestamp());
        return RecommendNow(request, cancellationToken);
    }

    /// <summary>Makes a shelf. On the grain's turn; the answer may come beside it.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf.</returns>
    internal Task<RecommendationResponse> RecommendNow(RecommendationRequest request, CancellationToken cancellationToken)
    {
        RequestRules.Check(request);
        var deadline = NewDeadline(request.Timeout, request.Sent);
        if (_services.Recommender.Shed(View, request, deadline) is { } last)
        {
            return Task.FromResult(last);
        }

        var looking = _session.LookAgainAsync();
        return looking.IsCompletedSuccessfully && Covers(_session.State, request.MinVersion)
            ? MakeShelf(request, new ShelfTurn(deadline, Stale: false, TimeSpan.Zero), cancellationToken)
            : MakeShelfAsync(looking, request, deadline, cancellationToken);
    }

    /// <summary>Makes a shelf of the state at rest, without a turn. For any thread.</summary>
    /// <param name="request">What is asked for; valid.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="shelf">Gets the shelf.</param>
    /// <returns>False when it takes a turn: the state is not at rest, older than the version asked for, or about to be another grain's.</returns>
    internal bool TryRecommendAtRest(RecommendationRequest request, CancellationToken cancellationToken, [NotNullWhen(true)] out Task<RecommendationResponse>? shelf)
    {
        shelf = null;
        if (_shelves is not { } shelves || _session.AtRest(out var content) is not { } payload)
        {
            return false;
        }

        var view = new UserView(_session, shelves, content, payload);
        var deadline = NewDeadline(request.Timeout, request.Sent);
        if (_services.Recommender.Shed(view, request, deadline) is { } last)
        {
            shelf = Task.FromResult(last);
        }
        else if ((request.MinVersion is null || Covers(view.State, request.MinVersion)) && !_leaves)
        {
            // While it did not leave, nobody else changed the state.
            shelf = _services.Recommender.RecommendAsync(view, request, new ShelfTurn(deadline, Stale: false, TimeSpan.Zero), cancellationToken);
        }

        return shelf is not null;
    }

    private async Task<RecommendationResponse> MakeShelfAsync(ValueTask looking, RecommendationRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        await looking;
        var stale = await IsStaleAsync(request.MinVersion, deadline, cancellationToken);
        return await MakeShelf(request, new ShelfTurn(deadline, stale, deadline.Elapsed), cancellationToken);
    }

    private Task<RecommendationResponse> MakeShelf(RecommendationRequest request, ShelfTurn turn, CancellationToken cancellationToken)
    {
        var making = _services.Recommender.RecommendAsync(View, request, turn, cancellationToken);
        Rest();
        return making;
    }

    /// <summary>The last shelf, for a silo that has too much to do. For any thread.</summary>
    /// <param name="request">What is asked for; valid.</param>
    /// <returns>The shelf; null when there is none that still holds.</returns>
    internal RecommendationResponse? LastShelf(RecommendationRequest request) => _shelves is { } shelves
        ? _services.Recommender.Last(new UserView(_session, shelves, _session.Content), request, FallbackReason.Overload, TimeSpan.Zero)
        : null;

    public async Task<RankResponse> Rank(RankRequest request, CancellationToken cancellationToken)
    {
        RequestRules.Check(request);
        var deadline = NewDeadline(request.Timeout, request.Sent);
        await _session.LookAgainAsync();
        var stale = await IsStaleAsync(request.MinVersion, deadline, cancellationToken);
        var waited = deadline.Elapsed;
        var ordering = _services.Ranker.RankAsync(View, request, deadline, cancellationToken);
        Rest();
        var order = await ordering;
        return order with
        {
            Stale = stale,
            Timings = order.Timings with { Wait = waited.TotalMilliseconds, Grain = deadline.Elapsed.TotalMilliseconds },
        };
    }

    public async Task<UserProfile> GetProfile(UserQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        await _session.LookAgainAsync();
        var stale = await IsStaleAsync(query.MinVersion, NewDeadline(query.Timeout), CancellationToken.None);
        var state = _session.State;
        Rest();
        return _services.Profiles.Build(_session.UserId, state.Version, state.Totals, state.Sequence, _services.Shop.GetUtcNow()) with { Stale = stale };
    }

    public async Task<HistoryPage> GetHistory(HistoryQuery query)
    {
        RequestRules.Check(query);
        await _session.LookAgainAsync();
        var stale = await IsStaleAsync(query.MinVersion, NewDeadline(query.Timeout), CancellationToken.None);
        var state = _session.State;
        Rest();
        return HistoryReader.Read(_session.UserId, state, query) with { Stale = stale };
    }

    public async Task<ChurnStatus> GetChurn(UserQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var deadline = NewDeadline(query.Timeout);
        await _session.LookAgainAsync();
        var stale = await IsStaleAsync(query.MinVersion, deadline, cancellationToken);
        var scoring = _churn.GetStatusAsync(deadline.Remaining, cancellationToken);
        Rest();
        var status = await scoring;
        return status with { Stale = stale };
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
        _shelves?.Clear(_session.Content);
        _watchers?.Changed();
        await _session.Store.SaveAsync();
        UserLog.Erased(_services.Logger, UserHash.Of(_session.UserId));
    }

    public async Task Watch(IUserWatcher watcher, RecommendationRequest request)
    {
        RequestRules.Check(request);
        await _session.HoldAsync();
        _watchers ??= new ShelfWatchers(
            this, _services.Options.WatchPushDelay, _services.Time, shelf => Recommend(shelf, CancellationToken.None), _services.Logger);
        _watchers.Watch(watcher, request);
    }

    public Task Unwatch(IUserWatcher watcher)
    {
        _watchers?.Unwatch(watcher);
        return Task.CompletedTask;
    }

    private AppendResult Apply(EventBatch batch)
    {
        _session.Store.ThrowIfFailed();
        var state = _session.State;
        var before = state.Positions.Last;
        var kept = new List<BehaviorEvent>(batch.Events.Length);
        var result = state.Apply(batch, kept);
        if (state.Positions.Last != before)
        {
            _session.ContentChanged();
            _waiters?.Release(state);
        }

        if (kept.Count > 0)
        {
            _churn.Appended(kept);
            _watchers?.Changed();
            _session.Store.Save(new TrendingReceipt(_services.Trending, kept), _services.Options.SnapshotDelayOf(batch));
        }

        return result;
    }

    // A visitor of whom nothing is known, and every crawler is a new one, keeps no grain: that would be most of what a garbage collection moves.
    private void Rest()
    {
        if (_session.IsEmpty && !IsWatched)
        {
            DeactivateOnIdle();
        }

        _session.Rest();
    }

    private Deadline NewDeadline(TimeSpan timeout, SendStamp? sent = null) => _services.Deadlines.Of(timeout, sent);

    void IUserStateOwner.WriteFailed(Exception exception)
    {
        UserLog.WriteFailed(_services.Logger, UserHash.Of(_session.UserId), exception);
        _waiters?.ReleaseAll();

        // All that was not stored is known to be lost, so the next activation may begin, also where the runtime does not end this one any more.
        _leaves = true;
        _services.Active.Leave(_session.UserId, this);
        DeactivateOnIdle();
    }

    private static bool Covers(UserState state, string? minVersion) => RequestRules.Version(minVersion) is not { } position || state.Covers(position);

    private async ValueTask<bool> IsStaleAsync(string? minVersion, Deadline deadline, CancellationToken cancellationToken)
    {
        if (RequestRules.Version(minVersion) is not { } position || _session.State.Covers(position))
        {
            return false;
        }

        await _session.HoldAsync();
        if (_session.State.Covers(position))
        {
            return false;
        }

        _session.Rest();
        _waiters ??= new VersionWaiters(_services.Time);
        if (await _waiters.WaitAsync(position, deadline.RemainingForVersion, cancellationToken))
        {
            return false;
        }

        _services.Instruments.Stale();
        return true;
    }
}
