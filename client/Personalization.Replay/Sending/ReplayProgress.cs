namespace Personalization.Replay;

/// <summary>How far a replay is.</summary>
/// <param name="Sent">Events sent by this run.</param>
/// <param name="EventTime">Time of the latest event; null before the first.</param>
/// <param name="Elapsed">Real time since the run began.</param>
public readonly record struct ReplayProgress(long Sent, DateTimeOffset? EventTime, TimeSpan Elapsed)
{
    /// <summary>Events per second over the whole run.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Sent / Elapsed.TotalSeconds : 0;
}
