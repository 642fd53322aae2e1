namespace Personalization.Ingestion;

/// <summary>What the sessions of a consumer share.</summary>
internal sealed record PartitionServices(
    UserAppender Appender,
    DeadLetterPublisher DeadLetters,
    InFlightBudget Budget,
    IngestionInstruments Instruments,
    TimeProvider Time,
    IngestionOptions Options);
