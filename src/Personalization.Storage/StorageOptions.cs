using System.ComponentModel.DataAnnotations;

namespace Personalization.Storage;

/// <summary>Where state lives. Section <c>Personalization:Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Personalization:Storage";

    /// <summary>PostgreSQL.</summary>
    public const string Postgres = "postgres";

    /// <summary>SQLite, embedded.</summary>
    public const string Sqlite = "sqlite";

    /// <summary><c>sqlite</c> (one process; default) or <c>postgres</c>.</summary>
    [RegularExpression("^(sqlite|postgres)$", ErrorMessage = "Personalization:Storage:Provider must be 'sqlite' or 'postgres'.")]
    public string Provider { get; set; } = Sqlite;

    /// <summary>ADO.NET connection string. Default: the file <c>personalization.db</c> in the working directory.</summary>
    [Required(ErrorMessage = "Personalization:Storage:ConnectionString is missing.")]
    public string ConnectionString { get; set; } = "Data Source=personalization.db";

    /// <summary><c>bulk</c> (our batched provider; default) or <c>adonet</c> (Orleans' own, one round trip a write; a table of its own, without churn sweeps); <c>none</c> keeps nothing: a measure of the rest.</summary>
    [RegularExpression("^(bulk|adonet|none)$", ErrorMessage = "Personalization:Storage:UserStorage must be 'bulk', 'adonet' or 'none'.")]
    public string UserStorage { get; set; } = "bulk";

    /// <summary>Rows per statement. Default 1,024.</summary>
    [Range(1, 4096)]
    public int MaxBatch { get; set; } = 1_024;

    /// <summary>States that may wait for a statement; then writers wait for a place. Default 16,384.</summary>
    [Range(1, 1_000_000)]
    public int QueueCapacity { get; set; } = 16_384;

    /// <summary>Statements at the same time (PostgreSQL only). Default 2.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 2;

    /// <summary>How long a start waits for the database. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StartupTimeout { get; set; } = TimeSpan.FromSeconds(60);

    internal bool IsPostgres => string.Equals(Provider, Postgres, StringComparison.Ordinal);

    internal bool IsUsersAdoNet => string.Equals(UserStorage, "adonet", StringComparison.Ordinal);

    internal string Invariant => IsPostgres ? "Npgsql" : "System.Data.SQLite";
}
