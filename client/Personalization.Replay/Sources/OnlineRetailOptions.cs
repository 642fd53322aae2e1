namespace Personalization.Replay;

/// <summary>Which part of the data set is replayed.</summary>
public sealed record OnlineRetailOptions
{
    /// <summary>Whether cancelled invoices are events of type <c>cancel</c> (with a positive quantity). Default false.</summary>
    public bool IncludeCancellations { get; init; }

    /// <summary>Events from this time on; null: from the first.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Events before this time; null: to the last.</summary>
    public DateTimeOffset? To { get; init; }
}
