using System.Runtime.InteropServices;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>Activity without a longer pause.</summary>
/// <param name="Start">First event.</param>
/// <param name="End">Last event.</param>
/// <param name="Spend">Purchases less cancellations.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Visit(DateTimeOffset Start, DateTimeOffset End, decimal Spend)
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(6);

    /// <summary>Splits events, oldest first, into visits; being shown an item is no activity.</summary>
    public static List<Visit> Split(IEnumerable<StoredEvent> events)
    {
        var visits = new List<Visit>();
        foreach (var action in events)
        {
            if (action.Type == EventType.Impression)
            {
                continue;
            }

            var amount = (action.Quantity ?? 1) * (action.Price ?? 0m);
            var spend = action.Type switch
            {
                EventType.Purchase => amount,
                EventType.Cancel => -amount,
                _ => 0m,
            };
            if (visits.Count > 0 && action.Timestamp - visits[^1].End <= Pause)
            {
                visits[^1] = visits[^1] with { End = action.Timestamp, Spend = visits[^1].Spend + spend };
            }
            else
            {
                visits.Add(new Visit(action.Timestamp, action.Timestamp, spend));
            }
        }

        return visits;
    }
}
