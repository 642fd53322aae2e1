using Personalization.Churn;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Profiles;

/// <summary>The rules of the segments; a shopper may be in several. Each is described at its option.</summary>
internal static class Segments
{
    public static string[] Of(ProfileOptions options, UserTotals totals, IReadOnlyList<StoredEvent> sequence, DateTimeOffset now)
    {
        if (totals.FirstSeen is not { } first || totals.LastSeen is not { } last)
        {
            return [];
        }

        var purchases = totals[EventType.Purchase];
        var atRisk = purchases > 0 && now - last >= options.AtRiskAfter;
        var segments = new List<string>(4);
        Add("new", now - first <= options.NewWithin);
        Add("loyal", !atRisk && Visit.Split(sequence.Where(action => action.Type == EventType.Purchase)).Count >= options.LoyalVisits);
        Add("big_spender", purchases > 0 && totals.Spend >= (decimal)options.BigSpend);
        Add("at_risk", atRisk);
        Add("browser", purchases == 0 && Events(totals) >= options.BrowserEvents);
        Add("returner", totals[EventType.Cancel] > 0 && totals[EventType.Cancel] >= options.ReturnerShare * purchases);
        return [.. segments];

        void Add(string name, bool applies)
        {
            if (applies)
            {
                segments.Add(name);
            }
        }
    }

    private static long Events(UserTotals totals) => Enum.GetValues<EventType>().Where(type => type != EventType.Impression).Sum(type => totals[type]);
}
