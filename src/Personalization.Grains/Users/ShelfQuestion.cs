using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>A shelf that is wanted, of the state as it was when the question came in.</summary>
internal sealed class ShelfQuestion(UserView user, RecommendationRequest request, ModelQuestion model, DateTimeOffset now)
{
    public string UserId { get; } = user.UserId;

    public string? Version { get; } = user.State.Version;

    public RecommendationRequest Request { get; } = request;

    /// <summary>What the model reads.</summary>
    public ModelQuestion Model { get; } = model;

    /// <summary>The whole sequence, oldest first.</summary>
    public StoredEvent[] Events { get; } = [.. user.State.Sequence];

    /// <summary>The model's last shelf for this shopper, or null.</summary>
    public RecommendationResponse? LastGood { get; } = user.Shelves.LastGood;

    /// <summary>Shop time.</summary>
    public DateTimeOffset Now { get; } = now;
}
