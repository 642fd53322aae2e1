namespace Personalization.Users;

/// <summary>What becomes of a resting user's batches.</summary>
internal enum RestingStage
{
    /// <summary>They wait for the row.</summary>
    Loading,

    /// <summary>They are applied to the row.</summary>
    Resting,

    /// <summary>They wait for the grain that is being activated here.</summary>
    Waking,

    /// <summary>They are sent to the grain, which another silo holds.</summary>
    Elsewhere,
}
