using Personalization.Catalog;
using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>Says why an item is here, from the shopper's own action that the model found closest.</summary>
internal sealed class ExplanationStage(IItemCatalog catalog) : IRankingStage
{
    private static readonly Reason ForYou = new("for_you", [], "Picked for you");
    private readonly Causes _causes = new(catalog);

    public void Apply(RankingContext context)
    {
        var places = Math.Min(context.Request.Count, context.Entries.Count);
        for (var i = 0; i < places; i++)
        {
            var entry = context.Entries[i];
            if (entry.Reason is null)
            {
                context.Entries[i] = entry with { Reason = Explain(context, entry) };
            }
        }
    }

    private Reason Explain(RankingContext context, RankingEntry entry)
    {
        if (context.History.Bought(entry.ItemId))
        {
            return new Reason("buy_again", [entry.ItemId], "You bought this before");
        }

        if (entry.BecauseOf < 0 || entry.BecauseOf >= context.Sequence.Count)
        {
            return ForYou;
        }

        var cause = context.Sequence[entry.BecauseOf];
        return _causes.Of(cause.Type, cause.ItemId, string.Equals(cause.ItemId, entry.ItemId, StringComparison.Ordinal)) ?? ForYou;
    }
}
