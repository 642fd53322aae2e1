using System.Runtime.InteropServices;

namespace Personalization.Validation;

/// <summary>What stands in for fields that an event leaves out.</summary>
/// <param name="EventId">The id of an event without one.</param>
/// <param name="Timestamp">The time of an event without one: now, or the Kafka record's time.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EventDefaults(string EventId, DateTimeOffset Timestamp);
