using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Personalization.Churn;
using Personalization.Items;
using Personalization.Placement;
using Personalization.Profiles;
using Personalization.Telemetry;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>What every user grain of a silo shares.</summary>
internal sealed class UserServices(
    Recommender recommender,
    Ranker ranker,
    ChurnServices churn,
    ProfileBuilder profiles,
    TrendingReporter trending,
    Deadlines deadlines,
    ShelfFlights flights,
    ActiveUsers active,
    RestingUsers resting,
    UserStates states,
    StreamMap streams,
    [FromKeyedServices(UserRecord.ProviderName)] IGrainStorage storage,
    SnapshotQueue snapshots,
    GrainsInstruments instruments,
    ShopClock shop,
    TimeProvider time,
    IOptions<UserOptions> options,
    ILoggerFactory loggers)
{
    public Recommender Recommender { get; } = recommender;

    public Ranker Ranker { get; } = ranker;

    public ChurnServices Churn { get; } = churn;

    public ProfileBuilder Profiles { get; } = profiles;

    public TrendingReporter Trending { get; } = trending;

    public Deadlines Deadlines { get; } = deadlines;

    public ShelfFlights Flights { get; } = flights;

    public ActiveUsers Active { get; } = active;

    public RestingUsers Resting { get; } = resting;

    public UserStates States { get; } = states;

    public StreamMap Streams { get; } = streams;

    public IGrainStorage Storage { get; } = storage;

    public SnapshotQueue Snapshots { get; } = snapshots;

    public GrainsInstruments Instruments { get; } = instruments;

    public ShopClock Shop { get; } = shop;

    public TimeProvider Time { get; } = time;

    public UserOptions Options { get; } = options.Value;

    public ILogger Logger { get; } = loggers.CreateLogger<UserGrain>();
}
