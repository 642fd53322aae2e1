using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Storage;
using Orleans.TestingHost;
using Personalization.Catalog;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Items;
using Personalization.Operations;
using Personalization.Testing;
using Personalization.Time;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Two silos in one process with a fake model, fake storage and a shop clock that the tests move.</summary>
public class ClusterFixture : IAsyncLifetime
{
    /// <summary>Users whom a sweep reads at a time.</summary>
    public const int SweptPage = 32;

    /// <summary>Pages of a sweep.</summary>
    public const int SweptPages = 4;

    private static readonly string[] Categories = ["red", "green", "blue"];
    private int _users;
    private long _offset;
    private long _milliseconds;

    public ClusterFixture()
    {
        for (var i = 0; i < 60; i++)
        {
            Catalog.Put(new Item { ItemId = $"i{i}", Title = $"Item {i}", Categories = [Categories[i % 3]], Price = i });
        }

        Catalog.MarkLoaded();
        Model = new FakeModel(Catalog);
        Shop = ShopClock.Wall(Clock);
    }

    public static DateTimeOffset Start { get; } = new(2011, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public FakeTimeProvider Clock { get; } = new(Start);

    public ShopClock Shop { get; }

    public ItemCatalog Catalog { get; } = new();

    public FakeModel Model { get; }

    public UserRows Rows { get; } = new();

    public RecordingSink Sink { get; } = new();

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public IClusterClient Client => Cluster.Client;

    public virtual async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IItemCatalog>(Catalog);
            silo.Services.AddSingleton(Shop);
            silo.Services.AddSingleton<IInferenceRouter>(Model);
            silo.Services.AddSingleton<IChurnWarningSink>(Sink);
            silo.Services.AddSingleton<ISiloStatusSource, StatusSource>();
            ConfigureStorage(silo);

            // Tests sweep by themselves, with the clock where they want it.
            silo.Services.Configure<SweeperOptions>(o => (o.Interval, o.PageSize, o.MaxPages) = (TimeSpan.FromHours(1), SweptPage, SweptPages));
            silo.UseInMemoryReminderService();
            silo.AddPersonalizationGrains(Configure);
        });
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual void ConfigureStorage(ISiloBuilder silo)
    {
        silo.Services.AddSingleton<IDueUserStore>(Rows);
        silo.Services.AddKeyedSingleton<IGrainStorage>(UserRecord.ProviderName, Rows);
        silo.AddMemoryGrainStorage("operations");
    }

    protected virtual void Configure(UserOptions options)
    {
        options.ChurnRefreshDelay = TimeSpan.FromMilliseconds(20);
        options.SnapshotDelay = TimeSpan.FromSeconds(20);

        // A test with hundreds of shoppers must not use up what the next one needs.
        options.ChurnRefreshesPerSecond = 100_000;
    }

    /// <summary>A user nobody used before.</summary>
    public string NewUser() => $"user-{Interlocked.Increment(ref _users)}";

    public IUserGrain User(string id) => Client.GetGrain<IUserGrain>(id);

    /// <summary>A batch of one event each: offsets and times rise from batch to batch.</summary>
    public EventBatch Batch(string user, params string[] items) =>
        Batch([.. items.Select(item => Event(user, item, Shop.GetUtcNow().AddMilliseconds(Interlocked.Increment(ref _milliseconds))))]);

    public EventBatch Batch(params BehaviorEvent[] events)
    {
        var first = Interlocked.Add(ref _offset, events.Length) - events.Length;
        return new EventBatch("t1", 0, [.. events.Select((e, i) => new PositionedEvent(first + i, e))]);
    }

    /// <summary>How much items rise, as soon as both silos have told all that is counted by now and each of them does.</summary>
    public async Task<double[]> RisesAsync(params string[] items)
    {
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Dictionary<string, double> scores = [];
        await Wait.UntilAsync(
            async () =>
            {
                var top = await Client.GetGrain<ITrendingGrain>(0).Top(10_000, TimeSpan.FromHours(24));
                scores = top.ToDictionary(item => item.ItemId, item => item.Score);
                return items.All(scores.ContainsKey);
            },
            "the items rise");
        return [.. items.Select(item => scores[item])];
    }

    public static BehaviorEvent Event(string user, string item, DateTimeOffset time, EventType type = EventType.View) =>
        new() { EventId = Guid.NewGuid().ToString("N"), UserId = user, ItemId = item, Type = type, Timestamp = time };

    public static string TokenOf(EventBatch batch) => new StreamPosition(batch.Epoch, batch.Partition, batch.Events[^1].Offset).ToString();
}
