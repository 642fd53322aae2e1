using Personalization.Ranking;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>A shelf that is wanted, of the state as it was when the question came in.</summary>
internal sealed class ShelfQuestion(UserView user, RecommendationRequest request, ModelQuestion model, DateTimeOffset now)
{
    private ShelfRules? _rules;

    public string UserId { get; } = user.UserId;

    public string? Version { get; } = user.State.Version;

    public RecommendationRequest Request { get; } = request;

    /// <summary>What the model reads.</summary>
    public ModelQuestion Model { get; } = model;

    /// <summary>The whole sequence, oldest first.</summary>
    public StoredEvent[] Events { get; } = Copy(user.State.Sequence);

    /// <summary>The model's last shelf for this shopper, or null.</summary>
    public RecommendationResponse? LastGood { get; } = user.Shelves.LastGood;

    /// <summary>Shop time.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>What the shelf has to keep to; read when it is asked for, so that a shelf without the model does not pay for it.</summary>
    /// <param name="pipeline">Makes it.</param>
    /// <returns>The rules.</returns>
    public ShelfRules Rules(RankingPipeline pipeline) => _rules ??= pipeline.RulesFor(Events, Request, Now);

    private static StoredEvent[] Copy(BehaviorSequence sequence)
    {
        var events = new StoredEvent[sequence.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = sequence[i];
        }

        return events;
    }
}
