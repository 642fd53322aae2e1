namespace Personalization.Telemetry;

/// <summary>Names of our meter, activity source and instruments; units follow OpenTelemetry (seconds, counts in braces). No instrument carries a user id.</summary>
public static class TelemetryNames
{
    /// <summary>The meter and the activity source.</summary>
    public const string Source = "Personalization";

    /// <summary>Counter {event}, tag <c>outcome</c>: applied, duplicate, too_late, capped. Counted once durable.</summary>
    public const string IngestionEvents = "personalization.ingestion.events";

    /// <summary>Counter {event}, tag <c>code</c>.</summary>
    public const string IngestionDeadLetters = "personalization.ingestion.dead_letters";

    /// <summary>Observable gauge {event}, tag <c>partition</c>: log end minus the next position to commit.</summary>
    public const string IngestionLag = "personalization.ingestion.lag";

    /// <summary>Gauge {event}: events in flight to grains.</summary>
    public const string IngestionInFlight = "personalization.ingestion.in_flight";

    /// <summary>Gauge {partition}: partitions that are read no further, because one of their events cannot be stored.</summary>
    public const string IngestionHeld = "personalization.ingestion.held_partitions";

    /// <summary>Histogram s: from the poll of a batch to its durability.</summary>
    public const string IngestionBatchDuration = "personalization.ingestion.batch.duration";

    /// <summary>Counter {call}, tag <c>target</c>: <c>user</c>, calls of user grains; <c>dead_letter</c>, writes to the dead-letter topic. They failed and are repeated until they succeed.</summary>
    public const string IngestionRetries = "personalization.ingestion.retries";

    /// <summary>Counter {event}: events that the broker's retention dropped before they were read. Told when a partition is read on behind them.</summary>
    public const string IngestionLost = "personalization.ingestion.lost_events";

    /// <summary>Counter {field}: unknown fields of events, which are ignored.</summary>
    public const string IngestionIgnoredFields = "personalization.ingestion.ignored_fields";

    /// <summary>Counter {item}, tag <c>code</c>: values of topic <c>items</c> that are no items.</summary>
    public const string CatalogBadItems = "personalization.catalog.bad_items";

    /// <summary>Histogram s, tags <c>source</c> and <c>reason</c> (why it is not the model's: as a shelf says it; <c>none</c>: it is): in the user's grain.</summary>
    public const string RecommendationDuration = "personalization.recommendation.duration";

    /// <summary>Counter {answer}: answers older than the asked version.</summary>
    public const string RecommendationStale = "personalization.recommendation.stale";

    /// <summary>Histogram {request}, tag <c>model</c> (<c>name/version</c>, as everywhere).</summary>
    public const string InferenceBatchSize = "personalization.inference.batch.size";

    /// <summary>Histogram s, tag <c>model</c>: one model run.</summary>
    public const string InferenceRunDuration = "personalization.inference.run.duration";

    /// <summary>Histogram s, tag <c>model</c>: a request in the queue.</summary>
    public const string InferenceQueueDuration = "personalization.inference.queue.duration";

    /// <summary>Counter {request}, tags <c>reason</c>, <c>stage</c> (admission, queue, run, host) and <c>model</c> (none where there is no engine).</summary>
    public const string InferenceRejected = "personalization.inference.rejected";

    /// <summary>Counter {request}, tag <c>model</c>: answered from the last run for the same input, without a run.</summary>
    public const string InferenceReused = "personalization.inference.reused";

    /// <summary>
    /// Histogram s, tags <c>operation</c> (infer, similar), <c>attempt</c> (first; retry: at another silo) and <c>outcome</c> (ok; what the silo says instead, as in
    /// <c>reason</c>; no_answer: not in time; unreachable: the call failed; canceled: by who asked): what this silo asks another one's engine.
    /// </summary>
    public const string InferenceRemoteDuration = "personalization.inference.remote.duration";

    /// <summary>Histogram {request}: requests that share a call to another silo's engine.</summary>
    public const string InferenceRemoteCallSize = "personalization.inference.remote.call.size";

    /// <summary>Observable gauge {silo}, tag <c>state</c>: the other silos with an engine, ready or resting (avoided for a moment, as they failed or refused).</summary>
    public const string InferenceRemoteSilos = "personalization.inference.remote.silos";

    /// <summary>Histogram 1, tag <c>model</c> (the challenger): share of the ten best items that challenger and champion have in common, 0-1.</summary>
    public const string InferenceChallengerOverlap = "personalization.inference.challenger.overlap";

    /// <summary>Histogram 1, tag <c>model</c> (the challenger): how far their churn probabilities are apart, 0-1.</summary>
    public const string InferenceChallengerChurn = "personalization.inference.challenger.churn_difference";

    /// <summary>Counter {request}, tags <c>reason</c> and <c>model</c> (the challenger): the challenger was asked and the champion answered.</summary>
    public const string InferenceChallengerUnanswered = "personalization.inference.challenger.unanswered";

    /// <summary>Counter {warning}.</summary>
    public const string ChurnWarnings = "personalization.churn.warnings";

    /// <summary>Counter {user}: users scored by sweepers.</summary>
    public const string ChurnSwept = "personalization.churn.swept";

    /// <summary>Gauge s (shop time): how overdue the oldest check was in the last sweep.</summary>
    public const string ChurnSweepLag = "personalization.churn.sweep.lag";

    /// <summary>Up-down counter {user}: user grains in memory.</summary>
    public const string UsersActive = "personalization.users.active";

    /// <summary>Up-down counter {user}: users without a grain whose rows are in memory.</summary>
    public const string UsersResting = "personalization.users.resting";

    /// <summary>Counter {batch}, tag <c>path</c> (<c>grain</c> here, <c>rest</c>, <c>elsewhere</c>: to a grain on another silo): how a stream's batches reached their users.</summary>
    public const string UsersAppends = "personalization.users.appends";

    /// <summary>Counter {count}: an item's counts of a minute that were left out of what rises, for want of room between two reports.</summary>
    public const string TrendingDropped = "personalization.trending.dropped";

    /// <summary>Histogram {row}: rows per write statement.</summary>
    public const string StorageBatchSize = "personalization.storage.batch.size";

    /// <summary>Histogram s, tag <c>operation</c>: read, write.</summary>
    public const string StorageDuration = "personalization.storage.duration";
}
