using Personalization.Events;

namespace Personalization.Replay;

/// <summary>A usable row of the data set in its compact form: texts are shared between rows.</summary>
internal readonly record struct RetailRow(
    DateTimeOffset Timestamp,
    int Number,
    string Customer,
    string Invoice,
    string StockCode,
    int Quantity,
    decimal Price,
    bool IsCancellation)
{
    public BehaviorEvent ToEvent() => new()
    {
        EventId = $"or-{Number}",
        UserId = Customer,
        ItemId = StockCode,
        Type = IsCancellation ? EventType.Cancel : EventType.Purchase,
        Timestamp = Timestamp,
        SessionId = Invoice,
        Quantity = Quantity,
        Price = Price,
    };
}
