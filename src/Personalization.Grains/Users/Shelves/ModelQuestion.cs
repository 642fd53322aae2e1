using Personalization.Events;
using Personalization.Inference;

namespace Personalization.Users;

/// <summary>What the model reads of a state: the newest events that say something about the shopper. A copy of it, so appends may go on meanwhile.</summary>
internal sealed class ModelQuestion
{
    /// <summary>Training leaves out what the model does not know before it counts; here nobody knows yet what that is.</summary>
    private const int WithUnknown = 2;

    private readonly LifeTotals _totals;

    private ModelQuestion(StoredEvent[] events, LifeTotals totals) => (Events, _totals) = (events, totals);

    /// <summary>The events, oldest first.</summary>
    public StoredEvent[] Events { get; }

    /// <summary>Takes the newest events that are interest, as training does.</summary>
    /// <param name="sequence">The sequence, which nobody changes any more: it is taken as it is when all of it is read.</param>
    /// <param name="totals">Sums over the whole life.</param>
    /// <param name="maxLength">Events that the model reads; twice as many are taken, as it may not know all of their items.</param>
    /// <returns>The question.</returns>
    public static ModelQuestion From(StoredEvent[] sequence, UserTotals totals, int maxLength)
    {
        var life = new LifeTotals(totals[EventType.Purchase], totals[EventType.Cancel], (double)totals.Spend, totals.FirstInterest?.ToUnixTimeMilliseconds() ?? 0);
        var count = 0;
        for (var i = sequence.Length - 1; i >= 0 && count < WithUnknown * maxLength; i--)
        {
            count += sequence[i].Type.IsInterest() ? 1 : 0;
        }

        if (count == sequence.Length)
        {
            return new ModelQuestion(sequence, life);
        }

        var events = new StoredEvent[count];
        for (var i = sequence.Length - 1; count > 0; i--)
        {
            if (sequence[i].Type.IsInterest())
            {
                events[--count] = sequence[i];
            }
        }

        return new ModelQuestion(events, life);
    }

    /// <summary>The request.</summary>
    /// <param name="now">Shop time.</param>
    /// <param name="priority">Who goes first.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="userId">Whose; null: of nobody who may be served from what was scored before.</param>
    /// <param name="count">Items that are asked for; 0: the churn score alone.</param>
    /// <param name="categories">Only items of these; null: of all.</param>
    /// <param name="exclude">Items that are not asked for; null: none.</param>
    /// <returns>The request.</returns>
    public InferenceRequest ToRequest(
        DateTimeOffset now,
        InferencePriority priority,
        TimeSpan budget,
        string? userId = null,
        int count = 0,
        string[]? categories = null,
        string[]? exclude = null) => new()
        {
            UserId = userId,
            Count = count,
            Categories = categories ?? [],
            Exclude = exclude ?? [],
            ItemIds = Array.ConvertAll(Events, e => e.ItemId),
            Types = Array.ConvertAll(Events, e => e.Type),
            Timestamps = Array.ConvertAll(Events, e => e.Timestamp.ToUnixTimeMilliseconds()),
            Now = now.ToUnixTimeMilliseconds(),
            Priority = priority,
            Budget = budget,
            Totals = _totals,
        };
}
