using Personalization.Events;

namespace Personalization.Cli.Commands;

/// <summary>A stream of events out of some input.</summary>
/// <param name="Events">The events, in the order of the input.</param>
/// <param name="Count">How many, about; null: unknown.</param>
internal sealed record EventInput(IAsyncEnumerable<BehaviorEvent> Events, long? Count);
