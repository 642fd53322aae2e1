namespace Personalization.Ranking;

/// <summary>What the making of a shelf needs for a moment only. One for each thread, used again and again: a shelf is made without a wait in between.</summary>
internal sealed class RankingScratch
{
    [ThreadStatic]
    private static RankingScratch? _ofThread;

    /// <summary>The calling thread's.</summary>
    public static RankingScratch Current => _ofThread ??= new RankingScratch();

    /// <summary>The list.</summary>
    public List<RankingEntry> Entries { get; } = [];

    /// <summary>The list in another order.</summary>
    public List<RankingEntry> Ordered { get; } = [];

    /// <summary>Items that were there before.</summary>
    public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

    /// <summary>Categories of the list, each once.</summary>
    public List<string> Categories { get; } = [];

    /// <summary>Lets go of the shelf that was made.</summary>
    public void Clear()
    {
        Entries.Clear();
        Ordered.Clear();
        Seen.Clear();
        Categories.Clear();
    }
}
