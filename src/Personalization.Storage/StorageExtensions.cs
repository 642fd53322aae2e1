using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using Orleans.Storage;
using Personalization.Users;

namespace Personalization.Storage;

/// <summary>Registers storage, clustering and reminders over one database.</summary>
public static class StorageExtensions
{
    /// <summary>Name of the provider for low-rate grains.</summary>
    public const string OperationsProvider = "operations";

    /// <summary>Registers the users' storage, the sweeper's view of it (and the streams', unless it is Orleans' own), and the provider <see cref="OperationsProvider"/> for low-rate grains. <see cref="DatabaseSetup.RunAsync"/> must have run.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">Where state lives.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddPersonalizationStorage(this ISiloBuilder silo, StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(options);
        silo.Services.AddSingleton(options);
        silo.Services.AddSingleton<StorageInstruments>();
        silo.Services.TryAddSingleton(TimeProvider.System);
        if (options.IsPostgres)
        {
            silo.Services.AddSingleton(_ => NpgsqlDataSource.Create(options.ConnectionString));
        }

        if (options.IsUsersAdoNet)
        {
            silo.Services.AddSingleton<IDueUserStore>(services => Table(services, options));
            silo.AddAdoNet(UserRecord.ProviderName, options);
        }
        else
        {
            silo.Services.AddSingleton<IUserTable>(services => new MeasuredUserTable(
                Table(services, options), services.GetRequiredService<StorageInstruments>(), services.GetRequiredService<TimeProvider>()));
            silo.Services.AddSingleton<IDueUserStore>(services => services.GetRequiredService<IUserTable>());
            silo.Services.AddGrainStorage(UserRecord.ProviderName, (services, _) => new UserRecordStorage(
                services.GetRequiredService<IUserTable>(), options, UserHolder.Of(services.GetRequiredService<ILocalSiloDetails>().SiloAddress)));
        }

        return silo.AddAdoNet(OperationsProvider, options);
    }

    /// <summary>Finds the other silos and keeps reminders in PostgreSQL.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">Where the database is; its provider must be PostgreSQL.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder UsePersonalizationClustering(this ISiloBuilder silo, StorageOptions options)
    {
        RequirePostgres(options);
        return silo
            .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (options.Invariant, options.ConnectionString))
            .UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = (options.Invariant, options.ConnectionString));
    }

    /// <summary>Finds the silos in PostgreSQL.</summary>
    /// <param name="client">The client.</param>
    /// <param name="options">Where the database is; its provider must be PostgreSQL.</param>
    /// <returns>The client.</returns>
    public static IClientBuilder UsePersonalizationClustering(this IClientBuilder client, StorageOptions options)
    {
        RequirePostgres(options);
        return client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (options.Invariant, options.ConnectionString));
    }

    private static IUserTable Table(IServiceProvider services, StorageOptions options) => options switch
    {
        { UserStorage: "none" } => new ForgetfulUserTable(options),
        { IsPostgres: true } => new PostgresUserTable(services.GetRequiredService<NpgsqlDataSource>(), options),
        _ => new SqliteUserTable(options),
    };

    private static ISiloBuilder AddAdoNet(this ISiloBuilder silo, string name, StorageOptions options)
    {
        silo.Services.AddKeyedSingleton<IGrainStorageSerializer>(name, (services, _) => ActivatorUtilities.CreateInstance<OrleansGrainStorageSerializer>(services));
        return silo.AddAdoNetGrainStorage(name, (AdoNetGrainStorageOptions storage) =>
            (storage.Invariant, storage.ConnectionString) = (options.Invariant, options.ConnectionString));
    }

    private static void RequirePostgres(StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsPostgres)
        {
            throw new DatabaseUnavailableException("A cluster of several processes needs PostgreSQL: set Personalization:Storage:Provider=postgres and its ConnectionString.", null);
        }
    }
}
