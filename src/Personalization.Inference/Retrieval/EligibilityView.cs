using System.Collections.Immutable;

namespace Personalization.Inference.Retrieval;

/// <summary>Sets of a model's indices at one revision of the catalogue. Immutable.</summary>
/// <param name="Revision">The catalogue's revision.</param>
/// <param name="Decides">Whether what the catalogue did not know was kept off.</param>
/// <param name="Available">Items that may be recommended, a bit for each.</param>
/// <param name="Categories">Items of each category.</param>
internal sealed record EligibilityView(
    long Revision, bool Decides, ulong[] Available, ImmutableDictionary<string, CategoryItems> Categories);
