using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>
/// Makes a shelf of the model's candidates: eligibility, pinned items, diversity, new items, explanation, cut. Pure but for the catalogue
/// it reads; thread-safe.
/// </summary>
public sealed class RankingPipeline
{
    private const int LargestPool = 1_000;
    private readonly IItemCatalog _catalog;
    private readonly RankingOptions _options;
    private readonly IRankingStage[] _stages;

    /// <summary>Creates a pipeline.</summary>
    /// <param name="catalog">The silo's catalogue.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="vocabulary">What the model knows; null where there is no engine: an item counts as new when it was added after the catalogue was first seen whole.</param>
    public RankingPipeline(IItemCatalog catalog, RankingOptions options, IModelVocabulary? vocabulary = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        _catalog = catalog;
        _options = options;
        _stages =
        [
            new EligibilityStage(),
            new PinnedStage(options),
            new DiversityStage(options),
            new NewItemsStage(catalog, options, new NewItemIndex(catalog, vocabulary)),
            new ExplanationStage(catalog),
        ];
    }

    /// <summary>How many candidates to ask the model for, so that diversity has a choice.</summary>
    /// <param name="count">Places of the shelf.</param>
    /// <returns>At least <paramref name="count"/>, at most 1,000.</returns>
    public int PoolSize(int count) => Math.Min(LargestPool, count + 10 + (_options.Diversity > 0 ? count : 0));

    /// <summary>What a shelf has to keep to.</summary>
    /// <param name="sequence">All stored events, oldest first: what was hidden, bought or acted on lately.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>The rules, for this shelf only.</returns>
    public ShelfRules RulesFor(IReadOnlyList<StoredEvent> sequence, RecommendationRequest request, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentNullException.ThrowIfNull(request);
        var history = new ShopperHistory(sequence, now, _options.RecentWindow);
        return new ShelfRules(new Eligibility(_catalog, _options, request, history), history, request, now);
    }

    /// <summary>Makes the shelf.</summary>
    /// <param name="candidates">The model's candidates, best first.</param>
    /// <param name="sequence">The events the candidates were scored from, oldest first: <see cref="ScoredCandidate.BecauseOf"/> points into it.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>At most <see cref="RecommendationRequest.Count"/> items, best first; fewer when fewer are eligible.</returns>
    public RecommendedItem[] Rank(
        IReadOnlyList<ScoredCandidate> candidates,
        IReadOnlyList<StoredEvent> sequence,
        RecommendationRequest request,
        DateTimeOffset now) => Rank(candidates, sequence, RulesFor(sequence, request, now));

    /// <summary>Makes the shelf when the model read only a part of what is known of the shopper.</summary>
    /// <param name="candidates">The model's candidates, best first.</param>
    /// <param name="scored">The events the candidates were scored from, oldest first: <see cref="ScoredCandidate.BecauseOf"/> points into it.</param>
    /// <param name="rules">What the shelf has to keep to.</param>
    /// <returns>At most <see cref="RecommendationRequest.Count"/> items, best first; fewer when fewer are eligible.</returns>
    public RecommendedItem[] Rank(IReadOnlyList<ScoredCandidate> candidates, IReadOnlyList<StoredEvent> scored, ShelfRules rules)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(rules);
        var scratch = RankingScratch.Current;
        scratch.Clear();
        var entries = scratch.Entries;
        for (var i = 0; i < candidates.Count; i++)
        {
            entries.Add(new RankingEntry(candidates[i].ItemId, candidates[i].Score, candidates[i].BecauseOf, candidates[i].Item));
        }

        var context = new RankingContext { Rules = rules, Sequence = scored, Scratch = scratch, Entries = entries };
        foreach (var stage in _stages)
        {
            stage.Apply(context);
        }

        var shelf = new RecommendedItem[Math.Min(rules.Request.Count, context.Entries.Count)];
        for (var i = 0; i < shelf.Length; i++)
        {
            var entry = context.Entries[i];
            shelf[i] = new RecommendedItem
            {
                ItemId = entry.ItemId,
                Score = entry.Score,
                Reason = entry.Reason!,
                Item = rules.Request.IncludeItems ? entry.Item : null,
            };
        }

        scratch.Clear();
        return shelf;
    }
}
