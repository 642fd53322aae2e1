namespace Personalization.Inference.Routing;

/// <summary>Until when a silo is not to be preferred: for all, and for those who bring as little time as some for whom it had none. Thread-safe.</summary>
/// <param name="time">Real time.</param>
internal sealed class TargetRest(TimeProvider time)
{
    /// <summary>What a silo had no time for it may have for who brings so many times more.</summary>
    private const int MuchMore = 4;

    private long _until;
    private Hurry? _hurry;

    /// <summary>Whether another silo is to be preferred.</summary>
    /// <param name="budget">Time that the request has.</param>
    public bool HoldsFor(TimeSpan budget)
    {
        var now = time.GetTimestamp();
        return now < Volatile.Read(ref _until) || (Volatile.Read(ref _hurry) is { } hurry && now < hurry.Until && budget.Ticks / MuchMore < hurry.Budget.Ticks);
    }

    /// <summary>Makes the others preferred.</summary>
    /// <param name="span">For so long, or as long as they are already.</param>
    public void ForAll(TimeSpan span) => Volatile.Write(ref _until, Math.Max(Volatile.Read(ref _until), After(span)));

    /// <summary>Makes the others preferred by those who bring as little time, or less.</summary>
    /// <param name="budget">What was too little.</param>
    /// <param name="span">For so long.</param>
    public void ForHurry(TimeSpan budget, TimeSpan span)
    {
        if (Volatile.Read(ref _hurry) is not { } hurry || hurry.Until <= time.GetTimestamp() || hurry.Budget <= budget)
        {
            Volatile.Write(ref _hurry, new Hurry(After(span), budget));
        }
    }

    private long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private sealed record Hurry(long Until, TimeSpan Budget);
}
