using Personalization.Items;

namespace Personalization.Inference;

/// <summary>One item the model scored.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">Probability of being next, 0-1.</param>
/// <param name="BecauseOf">Index in the request's sequence of the event that is closest to it in the model's space; -1: none stands out.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.scored-candidate")]
public readonly record struct ScoredCandidate([property: Id(0)] string ItemId, [property: Id(1)] float Score, [property: Id(2)] int BecauseOf)
{
    [NonSerialized]
    private readonly Item? _item;

    /// <summary>
    /// The catalogue's entry, where the engine is on this silo and chose by the catalogue as it is now: that the item may be shown is checked then. Null: it is
    /// not; never sent to another silo.
    /// </summary>
    public Item? Item
    {
        get => _item;
        init => _item = value;
    }
}
