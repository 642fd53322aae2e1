using Personalization.Models;

namespace Personalization.Users;

/// <summary>Everything a shelf is made from: while it is the same, the shelf is the same.</summary>
/// <param name="Revision">The state's revision.</param>
/// <param name="Model">The model that is asked.</param>
/// <param name="Catalogue">The catalogue's revision.</param>
/// <param name="Shape">What is asked for.</param>
internal readonly record struct ShelfKey(long Revision, ModelRef? Model, long Catalogue, ShelfShape Shape);
