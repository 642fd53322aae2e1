namespace Personalization.Inference.Retrieval;

/// <summary>Which items a request may get.</summary>
/// <param name="View">Availability and categories.</param>
/// <param name="Categories">Only these; empty: all.</param>
/// <param name="Excluded">Model indices that are out; 0 is ignored.</param>
/// <param name="Count">How many at most.</param>
internal sealed record Selection(EligibilityView View, string[] Categories, int[] Excluded, int Count);
