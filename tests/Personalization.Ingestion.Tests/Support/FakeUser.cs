using Personalization.Churn;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>Keeps what the contract of <see cref="IUserGrain.Append"/> asks for: drops what it has seen, by position.</summary>
internal sealed class FakeUser(string userId, FakeGrains grains) : IUserGrain
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string, int), long> _positions = [];
    private readonly List<(StreamPosition Position, BehaviorEvent Event)> _applied = [];
    private int _calls;

    public string UserId => userId;

    /// <summary>Calls of one partition that overlapped or went back: a broken order.</summary>
    public int Disorders { get; private set; }

    public int Duplicates { get; private set; }

    public IReadOnlyList<(StreamPosition Position, BehaviorEvent Event)> Applied
    {
        get
        {
            lock (_lock)
            {
                return [.. _applied];
            }
        }
    }

    public async Task<AppendResult> Append(EventBatch batch)
    {
        if (Interlocked.Increment(ref _calls) > 1)
        {
            Disorders++;
        }

        try
        {
            await grains.BeforeAppend(userId, batch);
            lock (_lock)
            {
                return Apply(batch);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    public Task<RecommendationResponse> Recommend(RecommendationRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RankResponse> Rank(RankRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<UserProfile> GetProfile(UserQuery query) => throw new NotSupportedException();

    public Task<HistoryPage> GetHistory(HistoryQuery query) => throw new NotSupportedException();

    public Task<ChurnStatus> GetChurn(UserQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> CheckChurn() => throw new NotSupportedException();

    public Task Erase() => throw new NotSupportedException();

    public Task Watch(IUserWatcher watcher, RecommendationRequest request) => throw new NotSupportedException();

    public Task Unwatch(IUserWatcher watcher) => throw new NotSupportedException();

    private AppendResult Apply(EventBatch batch)
    {
        var key = (batch.Epoch, batch.Partition);
        var seen = _positions.GetValueOrDefault(key, -1);
        var applied = 0;
        foreach (var item in batch.Events)
        {
            item.Event.UserId.ShouldBe(userId);
            if (item.Offset <= seen)
            {
                Duplicates++;
                continue;
            }

            seen = item.Offset;
            applied++;
            _applied.Add((new StreamPosition(batch.Epoch, batch.Partition, item.Offset), item.Event));
        }

        _positions[key] = seen;
        return new AppendResult(applied, batch.Events.Length - applied, 0);
    }
}
