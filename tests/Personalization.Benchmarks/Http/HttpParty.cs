namespace Personalization.Benchmarks.Http;

/// <summary>A service that the HTTP benchmark measures.</summary>
internal enum HttpParty
{
    /// <summary>Gateway, silo and engine in one process, with the embedded broker and SQLite.</summary>
    Ours = 0,

    /// <summary>Gateway and silo as a process each, with Kafka and PostgreSQL.</summary>
    Apart = 1,

    /// <summary>The stateless service with Redis.</summary>
    Redis = 2,
}
