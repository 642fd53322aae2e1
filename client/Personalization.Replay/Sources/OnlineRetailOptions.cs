namespace Personalization.Replay;

/// <summary>Which part of the data set is replayed.</summary>
public sealed record OnlineRetailOptions
{
    /// <summary>Whether cancelled invoices are events of type <c>cancel</c> (with a positive quantity). Default false.</summary>
    public bool IncludeCancellations { get; init; }
}
