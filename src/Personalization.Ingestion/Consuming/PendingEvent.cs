using System.Diagnostics;
using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>An event that was read and is not applied yet.</summary>
/// <param name="Positioned">The event and its offset.</param>
/// <param name="Bytes">What it takes from the budget.</param>
/// <param name="PolledAt">Timestamp of its poll.</param>
/// <param name="Waited">How long it had been in the stream by then.</param>
/// <param name="Trace">The trace of its producer.</param>
internal readonly record struct PendingEvent(PositionedEvent Positioned, int Bytes, long PolledAt, TimeSpan Waited, ActivityContext Trace);
