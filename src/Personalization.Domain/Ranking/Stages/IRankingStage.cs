namespace Personalization.Ranking;

/// <summary>One step from scores to a shelf. Stateless between shelves; thread-safe.</summary>
internal interface IRankingStage
{
    /// <summary>Changes the list.</summary>
    /// <param name="context">The shelf in the making.</param>
    void Apply(RankingContext context);
}
