namespace Personalization.Benchmarks.Ingestion;

/// <summary>One run of one contender.</summary>
/// <param name="Contender">Who ran.</param>
/// <param name="EventsPerSecond">From the first event to the last committed offset.</param>
/// <param name="CpuMicroseconds">Processor time an event, by process; all cores added up.</param>
/// <param name="Notes">What else is worth knowing.</param>
internal sealed record Measurement(string Contender, double EventsPerSecond, IReadOnlyDictionary<string, double> CpuMicroseconds, string Notes);
