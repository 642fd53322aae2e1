namespace Personalization.Churn;

/// <summary>Looks at the users of one bucket to whom nothing happened. Key = bucket, 0 to <see cref="ChurnBuckets.Count"/> - 1; kept alive by one reminder.</summary>
[Alias("personalization.churn-sweeper-grain")]
public interface IChurnSweeperGrain : IGrainWithIntegerKey
{
    /// <summary>Makes sure that the sweeper runs. Safe to call from every silo at start.</summary>
    /// <returns>Completes when the reminder is registered.</returns>
    [Alias("start")]
    Task Start();

    /// <summary>Sweeps once, now: what is due, behind what the sweep before has looked at where that did not get to the end.</summary>
    /// <returns>What was done.</returns>
    [Alias("sweep")]
    Task<SweepResult> Sweep();
}
