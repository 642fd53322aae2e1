using Personalization.Events;

namespace Personalization.Items;

/// <summary>Counts new events once they are stored: what is lost before that is applied again, and counted then.</summary>
/// <param name="trending">Counts them.</param>
/// <param name="events">New events of one user.</param>
internal sealed class TrendingReceipt(TrendingReporter trending, List<BehaviorEvent> events) : AppendReceipt
{
    public override bool IsVoid => false;

    public override void Applied()
    {
    }

    public override void Durable() => trending.Add(events);

    public override void Failed(Exception exception)
    {
    }
}
