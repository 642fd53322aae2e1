using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>One place of a shelf in the making.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">The model's probability; 0 when it has none.</param>
/// <param name="BecauseOf">Index of the event behind it; -1: none.</param>
/// <param name="Item">The catalogue's entry, if known.</param>
/// <param name="Reason">Why it is here; null until a stage knows.</param>
internal readonly record struct RankingEntry(string ItemId, double Score, int BecauseOf, Item? Item, Reason? Reason = null);
