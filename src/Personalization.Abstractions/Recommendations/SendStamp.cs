namespace Personalization.Recommendations;

/// <summary>
/// When a question was sent, by the clock of who sent it. A silo learns from many of them how far that clock is from its own and how long the way is at
/// best; what a question took beyond that it has waited, and its deadline is nearer by as much. No clock of the day: where that is set, all questions would seem
/// to have waited for as long.
/// </summary>
/// <param name="Caller">Whose clock it is: a number of one process.</param>
/// <param name="At">Microseconds by that clock, from whenever on.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.send-stamp")]
public readonly record struct SendStamp([property: Id(0)] long Caller, [property: Id(1)] long At)
{
    private static readonly long ThisProcess = Guid.NewGuid().GetHashCode();

    /// <summary>A stamp of this process.</summary>
    /// <param name="time">Its clock.</param>
    /// <returns>The stamp.</returns>
    public static SendStamp Now(TimeProvider time) => new(ThisProcess, Microseconds(time));

    /// <summary>What a clock says now, as stamps count it.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>Microseconds; only what lies between two of them says something.</returns>
    public static long Microseconds(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return time.GetElapsedTime(0, time.GetTimestamp()).Ticks / TimeSpan.TicksPerMicrosecond;
    }
}
