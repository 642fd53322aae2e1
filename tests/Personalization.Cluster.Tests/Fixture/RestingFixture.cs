using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Storage;
using Personalization.Telemetry;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>A cluster whose users rest in a table, with room for few of them in memory.</summary>
public class RestingFixture : ClusterFixture
{
    /// <summary>Users who may rest on a silo.</summary>
    public const int MaxUsersAtRest = 8;

    private readonly TemporaryDirectory _directory = new();
    private readonly MeterListener _meters = new();
    private readonly ConcurrentDictionary<object, long> _atRest = new();

    public RestingFixture()
    {
        _meters.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == TelemetryNames.UsersResting)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, more, _, _) => _atRest.AddOrUpdate(instrument.Meter.Scope!, more, (_, users) => users + more));
        _meters.Start();
    }

    public TroubledTable Table { get; } = new();

    private StorageOptions Storage => new() { ConnectionString = $"Data Source={Path.Combine(_directory.Path, "users.db")}" };

    public override async ValueTask InitializeAsync()
    {
        await DatabaseSetup.RunAsync(Storage, NullLogger.Instance, CancellationToken.None);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _meters.Dispose();
        SqliteConnection.ClearAllPools();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What a stream on one of the two silos appends to.</summary>
    public ILocalUsers Stream(int silo) => Services(silo).GetRequiredService<ILocalUsers>();

    /// <summary>The users who rest on one of the two silos.</summary>
    internal RestingUsers Resting(int silo) => Services(silo).GetRequiredService<RestingUsers>();

    /// <summary>How many they are.</summary>
    public long UsersAtRest(int silo) => _atRest.GetValueOrDefault(Services(silo).GetRequiredService<IMeterFactory>());

    /// <summary>A user's grain, activated on one of the two silos unless it is active.</summary>
    public IUserGrain UserOn(int silo, string user) => Services(silo).GetRequiredService<IGrainFactory>().GetGrain<IUserGrain>(user);

    /// <summary>Which silo has a user's grain; null: none.</summary>
    public int? SiloOf(string user) => Cluster.TryGetGrainContext(User(user).GetGrainId(), out var context)
        ? Cluster.Silos.ToList().FindIndex(silo => silo.SiloAddress.Equals(context.Address.SiloAddress))
        : null;

    public async Task<UserState> StateOfAsync(string user) => UserStateCodec.Decode((await Table.Any.ReadAsync([user]))[0]!.Payload);

    protected override void ConfigureStorage(ISiloBuilder silo)
    {
        silo.AddPersonalizationStorage(Storage);
        var table = silo.Services.Last(service => service.ServiceType == typeof(IUserTable));
        silo.Services.Replace(ServiceDescriptor.Singleton(services => Table.Around((IUserTable)table.ImplementationFactory!(services))));
    }

    protected override void Configure(UserOptions options)
    {
        base.Configure(options);
        options.MaxUsersAtRest = MaxUsersAtRest;
    }

    private IServiceProvider Services(int silo) => Cluster.GetSiloServiceProvider(Cluster.Silos[silo].SiloAddress);
}
