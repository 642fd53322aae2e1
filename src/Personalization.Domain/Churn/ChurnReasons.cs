using Personalization.Events;

namespace Personalization.Churn;

/// <summary>
/// What speaks for a shopper leaving, in figures that an operator can check against the history. Not the model's own view: simple rules over
/// the same events.
/// </summary>
internal static class ChurnReasons
{
    private const double SlowFactor = 1.5;
    private const decimal SpendFactor = 0.6m;
    private static readonly TimeSpan Inactive = TimeSpan.FromDays(7);
    private static readonly TimeSpan CancellationWindow = TimeSpan.FromDays(30);

    public static ChurnReason[] Of(ChurnInput input)
    {
        // A full sequence keeps hides of long ago whose visits it has forgotten.
        var whole = Enum.GetValues<EventType>().Sum(type => input.Totals[type]) <= input.Sequence.Count;
        var visits = Visit.Split(whole ? input.Sequence : input.Sequence.SkipWhile(static action => action.Type == EventType.Hide));
        if (visits.Count == 0)
        {
            return [];
        }

        var quiet = input.Now - visits[^1].End;
        var reasons = new List<ChurnReason>(4);
        AddQuiet(reasons, visits, quiet);
        AddFewVisits(reasons, whole, visits.Count);
        AddCancellation(reasons, input, visits[^1].End);
        AddLowerSpend(reasons, visits);
        return [.. reasons];
    }

    private static void AddQuiet(List<ChurnReason> reasons, List<Visit> visits, TimeSpan quiet)
    {
        if (visits.Count >= 3)
        {
            var usual = Median([.. visits.Zip(visits.Skip(1), (left, right) => (right.Start - left.End).TotalDays)]);
            if (quiet.TotalDays > SlowFactor * usual)
            {
                reasons.Add(new("slower_than_usual", $"No activity for {Days(quiet.TotalDays)}; the usual gap between visits is {Days(usual)}."));
                return;
            }
        }

        if (quiet >= Inactive)
        {
            reasons.Add(new("inactive", $"No activity for {Days(quiet.TotalDays)}."));
        }
    }

    private static void AddFewVisits(List<ChurnReason> reasons, bool whole, int visits)
    {
        // A full sequence has forgotten earlier visits, so its count says nothing.
        if (visits <= 2 && whole)
        {
            reasons.Add(new("few_visits", visits == 1 ? "Only one visit so far." : "Only two visits so far."));
        }
    }

    private static void AddCancellation(List<ChurnReason> reasons, ChurnInput input, DateTimeOffset lastActivity)
    {
        var cancelled = input.Sequence.Where(action => action.Type == EventType.Cancel && lastActivity - action.Timestamp <= CancellationWindow).ToArray();
        if (cancelled.Length > 0)
        {
            var ago = Days((input.Now - cancelled[^1].Timestamp).TotalDays);
            reasons.Add(new(
                "recent_cancellation",
                cancelled.Length == 1 ? $"An item was cancelled {ago} ago." : $"{cancelled.Length} items were cancelled, the last one {ago} ago."));
        }
    }

    private static void AddLowerSpend(List<ChurnReason> reasons, List<Visit> visits)
    {
        var spends = visits.Where(visit => visit.Spend > 0).Select(visit => visit.Spend).ToArray();
        if (spends.Length < 4)
        {
            return;
        }

        var late = spends[^2..].Average();
        var early = spends[..^2].Average();
        if (late < SpendFactor * early)
        {
            reasons.Add(new("lower_spend", $"The last two orders average {late:0.00}; before it was {early:0.00}."));
        }
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static string Days(double days) => days switch
    {
        < 1 => $"{Math.Max(1, Math.Round(days * 24)):0} h",
        < 10 => $"{days:0.#} days",
        _ => $"{days:0} days",
    };
}
