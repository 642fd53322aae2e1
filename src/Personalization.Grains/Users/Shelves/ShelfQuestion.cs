using Personalization.Ranking;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>A shelf that is wanted, of the state as it was when the question came in.</summary>
internal sealed class ShelfQuestion
{
    private ShelfRules? _rules;

    public ShelfQuestion(UserView user, RecommendationRequest request, int maxLength, DateTimeOffset now)
    {
        var state = user.State;
        Events = state.Sequence.Snapshot();
        (UserId, Version, Shelves) = (user.UserId, state.Version, user.Shelves);
        (Request, Now) = (request, now);
        Model = ModelQuestion.From(Events, state.Totals, maxLength);
    }

    public string UserId { get; }

    public string? Version { get; }

    public RecommendationRequest Request { get; }

    /// <summary>What the model reads.</summary>
    public ModelQuestion Model { get; }

    /// <summary>The whole sequence, oldest first.</summary>
    public StoredEvent[] Events { get; }

    /// <summary>What was made for this shopper before.</summary>
    public ShelfCache Shelves { get; }

    /// <summary>Shop time.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>What the shelf has to keep to; read when it is asked for, so that a shelf without the model does not pay for it.</summary>
    /// <param name="pipeline">Makes it.</param>
    /// <returns>The rules.</returns>
    public ShelfRules Rules(RankingPipeline pipeline) => _rules ??= pipeline.RulesFor(Events, Request, Now);
}
