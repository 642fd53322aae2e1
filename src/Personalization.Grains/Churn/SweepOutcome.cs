namespace Personalization.Churn;

/// <summary>What is to be done about a user whose check was due.</summary>
internal enum SweepOutcome
{
    /// <summary>Look again later.</summary>
    Later,

    /// <summary>Scored, and look again later.</summary>
    ScoredLater,

    /// <summary>Call the user's grain: a threshold is crossed, up or, after a warning, down again.</summary>
    Crossed,

    /// <summary>The run failed: look again later if that is about this user, which others who are scored show.</summary>
    Failed,

    /// <summary>The model did not answer: nothing changes, and the next sweep asks again.</summary>
    Unanswered,
}
