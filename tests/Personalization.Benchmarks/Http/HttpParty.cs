namespace Personalization.Benchmarks.Http;

/// <summary>A service that the HTTP benchmark measures.</summary>
internal enum HttpParty
{
    /// <summary>Gateway, silo and engine in one process, with the embedded broker and SQLite.</summary>
    Ours = 0,

    /// <summary>Gateway and silo as a process each, with Kafka and PostgreSQL.</summary>
    Apart = 1,

    /// <summary>The stateless service with Redis and our session's options: one thread a run, no spinning.</summary>
    Redis = 2,

    /// <summary>The same with a session of ONNX Runtime as it is without options: as many threads as processors for each run, which spin for work.</summary>
    RedisUntuned = 3,
}
