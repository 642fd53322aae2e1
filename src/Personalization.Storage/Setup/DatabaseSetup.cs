using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Personalization.Storage;

/// <summary>Creates what is missing in the database. Safe to run from several silos at once and over an existing database.</summary>
public static partial class DatabaseSetup
{
    /// <summary>Version of the tables that this code knows.</summary>
    public const int SchemaVersion = 2;

    private const long PostgresLock = 0x5045_5253_4F4E; // any number of our own

    /// <summary>Waits for the database and prepares it.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="logger">Told while it waits, and what the choice of <see cref="StorageOptions.UserStorage"/> costs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the tables are there; throws <see cref="DatabaseUnavailableException"/> when the database cannot be used.</returns>
    public static async Task RunAsync(StorageOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await PrepareAsync(options, cancellationToken);
                if (options.IsUsersAdoNet)
                {
                    LogWithoutSweeps(logger);
                }

                return;
            }
            catch (Exception exception) when (exception is DbException { IsTransient: true } or SqliteException or NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException })
            {
                if (TimeProvider.System.GetElapsedTime(started) > options.StartupTimeout)
                {
                    throw new DatabaseUnavailableException(
                        $"The database did not answer within {options.StartupTimeout.TotalSeconds:0} s. Check Personalization:Storage:ConnectionString and that the server runs. Last error: {exception.Message}", exception);
                }

                LogWaiting(logger, exception.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    private static async Task PrepareAsync(StorageOptions options, CancellationToken cancellationToken)
    {
        await using DbConnection connection = options.IsPostgres ? new NpgsqlConnection(options.ConnectionString) : new SqliteConnection(options.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        if (!options.IsPostgres)
        {
            await ExecuteAsync(connection, "PRAGMA journal_mode = WAL", cancellationToken);
        }
        else if (await ExecuteAsync(connection, "SHOW server_encoding", cancellationToken) is not ("UTF8" or "SQL_ASCII") and var encoding)
        {
            // One id that it cannot hold would fail the statements of all who share them.
            throw new DatabaseUnavailableException($"The database has the encoding {encoding}, which cannot hold every shopper's id. Create one with ENCODING 'UTF8' TEMPLATE template0.", null);
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (options.IsPostgres)
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({PostgresLock})", cancellationToken);
        }

        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS personalization_schema (version integer NOT NULL)", cancellationToken);
        var version = Convert.ToInt32(await ExecuteAsync(connection, "SELECT COALESCE(MAX(version), 0) FROM personalization_schema", cancellationToken));
        if (version > SchemaVersion)
        {
            throw new DatabaseUnavailableException($"The database has tables of version {version}, this build knows up to {SchemaVersion}. Run a newer build.", null);
        }

        if (version == 1)
        {
            await ExecuteAsync(connection, "ALTER TABLE personalization_users ADD COLUMN holder bigint NOT NULL DEFAULT 0", cancellationToken);
        }

        await ExecuteAsync(connection, Script(options.IsPostgres ? "postgres.sql" : "sqlite.sql"), cancellationToken);
        if (version < SchemaVersion)
        {
            await ExecuteAsync(connection, $"INSERT INTO personalization_schema (version) VALUES ({SchemaVersion})", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<object?> ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static string Script(string name)
    {
        using var stream = typeof(DatabaseSetup).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [LoggerMessage(5000, LogLevel.Warning, "The database does not answer yet, trying again: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);

    [LoggerMessage(5001, LogLevel.Warning, "Personalization:Storage:UserStorage is 'adonet': idle shoppers are not looked at, so none gets a churn warning, and shoppers whom 'bulk' stored are unknown, as they are in another table")]
    private static partial void LogWithoutSweeps(ILogger logger);
}
