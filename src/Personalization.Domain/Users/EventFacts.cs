using Personalization.Events;

namespace Personalization.Users;

/// <summary>What of an event is stored beside its time and place.</summary>
/// <param name="Type">What was done.</param>
/// <param name="ItemId">The item.</param>
/// <param name="Quantity">Pieces, if known.</param>
/// <param name="Price">Price of one piece, if known.</param>
internal readonly record struct EventFacts(EventType Type, string ItemId, int? Quantity, decimal? Price);
