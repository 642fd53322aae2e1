using Personalization.Events;

namespace Personalization.Users;

/// <summary>What is known of a user beyond the rolling sequence: sums over the whole life since the first event or the last erasure.</summary>
public sealed class UserTotals
{
    private readonly long[] _counts = new long[(int)EventType.Hide + 1];

    /// <summary>First event time, or null.</summary>
    public DateTimeOffset? FirstSeen { get; set; }

    /// <summary>Time of the first event that <see cref="EventTypeExtensions.IsInterest"/> holds for, or null.</summary>
    public DateTimeOffset? FirstInterest { get; set; }

    /// <summary>Last event time, or null.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    /// <summary>Sum of quantity x price over purchases less cancellations.</summary>
    public decimal Spend { get; set; }

    /// <summary>Events of a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>How many.</returns>
    public long this[EventType type]
    {
        get => _counts[(byte)type];
        set => _counts[(byte)type] = value;
    }

    /// <summary>Counts one event in.</summary>
    /// <param name="type">The type.</param>
    /// <param name="timestamp">When.</param>
    /// <param name="quantity">Pieces; unknown counts as one.</param>
    /// <param name="price">Price of one piece; unknown adds no spend.</param>
    public void Add(EventType type, DateTimeOffset timestamp, int? quantity, decimal? price)
    {
        this[type]++;
        FirstSeen = FirstSeen is { } first && first <= timestamp ? first : timestamp;
        if (type.IsInterest())
        {
            FirstInterest = FirstInterest is { } interest && interest <= timestamp ? interest : timestamp;
        }

        LastSeen = LastSeen is { } last && last >= timestamp ? last : timestamp;
        if (type is EventType.Purchase or EventType.Cancel)
        {
            AddSpend(quantity ?? 1, type == EventType.Purchase ? price ?? 0m : -(price ?? 0m));
        }
    }

    internal void Clear()
    {
        Array.Clear(_counts);
        (FirstSeen, FirstInterest, LastSeen, Spend) = (null, null, null, 0m);
    }

    // One absurd price must not stop a shopper's stream: an amount that no decimal holds adds nothing.
    private void AddSpend(int quantity, decimal price)
    {
        try
        {
            Spend += quantity * price;
        }
        catch (OverflowException)
        {
            return;
        }
    }
}
