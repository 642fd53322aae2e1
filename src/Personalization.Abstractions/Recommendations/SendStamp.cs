namespace Personalization.Recommendations;

/// <summary>
/// When a question was sent, by the clock of who sent it. A silo learns from many of them how far that clock is from its own and how long the way is at
/// best; what a question took beyond that it has waited, and its deadline is nearer by as much.
/// </summary>
/// <param name="Caller">Whose clock it is: a number of one process.</param>
/// <param name="At">Microseconds since 1970 by that clock.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.send-stamp")]
public readonly record struct SendStamp([property: Id(0)] long Caller, [property: Id(1)] long At)
{
    private static readonly long ThisProcess = Guid.NewGuid().GetHashCode();

    /// <summary>A stamp of this process.</summary>
    /// <param name="time">Its clock.</param>
    /// <returns>The stamp.</returns>
    public static SendStamp Now(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new SendStamp(ThisProcess, Microseconds(time.GetUtcNow()));
    }

    /// <summary>A time as stamps count it.</summary>
    /// <param name="time">The time.</param>
    /// <returns>Microseconds since 1970.</returns>
    public static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
