using Npgsql;

namespace Personalization.Testing;

/// <summary>A real PostgreSQL on a free port and in a temporary folder, with durable writes (fsync on).</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.Next();
    private ChildProcess? _process;

    private PostgresServer()
    {
    }

    /// <summary>Why a server cannot be started here, or null.</summary>
    public static string? MissingReason => BinaryDirectory is null ? "PostgreSQL's initdb and postgres are not installed (Debian: postgresql)." : null;

    /// <summary>Where clients connect; the database is empty at first.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Maximum Pool Size=40";

    /// <summary>Id of the running server's first process.</summary>
    public int ProcessId => _process!.Id;

    private static string? BinaryDirectory { get; } = FindBinaries();

    private string Data => Path.Combine(_directory.Path, "data");

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <returns>The server.</returns>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                await ChildProcess.RunAsync("chown", ["postgres", server._directory.Path]);
            }

            await server.RunAsPostgresAsync("initdb", "-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale");
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database.</summary>
    /// <param name="name">Its name: letters, digits, underscores.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> NewDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE DATABASE " + name;
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Starts the server on the data it left.</summary>
    /// <returns>Completes when it answers.</returns>
    public async Task StartAgainAsync()
    {
        var (file, arguments) = AsPostgres("postgres", "-D", Data, "-p", _port.ToString(), "-h", "127.0.0.1", "-k", _directory.Path, "-c", "max_connections=200");
        _process = ChildProcess.Start(file, arguments, workingDirectory: _directory.Path);
        await Wait.UntilAsync(IsAnsweringAsync, TimeSpan.FromSeconds(60), $"PostgreSQL on port {_port}; its output:\n{_process.Output}");
    }

    /// <summary>Stops the server.</summary>
    /// <param name="mode"><c>immediate</c> (as in a crash) or <c>fast</c>.</param>
    /// <returns>Completes when it is down.</returns>
    public async Task StopAsync(string mode = "immediate")
    {
        if (_process is not null)
        {
            await RunAsPostgresAsync("pg_ctl", "stop", "-D", Data, "-m", mode, "-w");
            await _process.DisposeAsync();
            _process = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_process is { HasExited: false })
            {
                await StopAsync();
            }
        }
        finally
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }

            _directory.Dispose();
        }
    }

    private static string? FindBinaries()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).ToList();
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            folders.InsertRange(0, Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")));
        }

        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
    }

    // PostgreSQL refuses to run as root, so a privileged test runs it as the package's own user.
    private static (string File, string[] Arguments) AsPostgres(string program, params string[] arguments)
    {
        var path = Path.Combine(BinaryDirectory!, program);
        return Environment.IsPrivilegedProcess ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments]) : (path, arguments);
    }

    private async Task RunAsPostgresAsync(string program, params string[] arguments)
    {
        var (file, all) = AsPostgres(program, arguments);
        await ChildProcess.RunAsync(file, all);
    }

    private async Task<bool> IsAnsweringAsync()
    {
        if (_process is { HasExited: true })
        {
            throw new InvalidOperationException("PostgreSQL ended:\n" + _process.Output);
        }

        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false;Timeout=2");
        await connection.OpenAsync();
        return true;
    }
}
