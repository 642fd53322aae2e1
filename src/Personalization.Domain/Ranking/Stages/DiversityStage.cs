using System.Numerics;

namespace Personalization.Ranking;

/// <summary>
/// Spreads the shelf over categories by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): relevance is the rank in the pool
/// (scale-free, so a steep softmax changes nothing), likeness is the Jaccard index of the categories. The first item stays first.
/// </summary>
internal sealed class DiversityStage(RankingOptions options) : IRankingStage
{
    private const int MostOnStack = 256;

    public void Apply(RankingContext context)
    {
        var pool = context.Entries;
        var pinned = pool.FindIndex(static entry => entry.Reason is null);
        var fixedPlaces = Math.Max(1, pinned < 0 ? pool.Count : pinned);
        var places = Math.Min(context.Request.Count, pool.Count);
        if (options.Diversity == 0 || places <= fixedPlaces)
        {
            return;
        }

        var marks = pool.Count <= MostOnStack ? stackalloc ulong[pool.Count] : new ulong[pool.Count];
        Mark(pool, context.Scratch.Categories, marks);
        var penalties = pool.Count <= MostOnStack ? stackalloc double[pool.Count] : new double[pool.Count];
        var taken = pool.Count <= MostOnStack ? stackalloc bool[pool.Count] : new bool[pool.Count];
        penalties.Clear();
        taken.Clear();
        var ordered = context.Scratch.Ordered;
        for (var place = 0; place < places; place++)
        {
            var best = place < fixedPlaces ? place : Best(taken, penalties);
            taken[best] = true;
            ordered.Add(pool[best]);
            for (var i = 0; i < marks.Length; i++)
            {
                penalties[i] = Math.Max(penalties[i], options.Diversity * Likeness(marks[best], marks[i]));
            }
        }

        for (var i = 0; i < pool.Count; i++)
        {
            if (!taken[i])
            {
                ordered.Add(pool[i]);
            }
        }

        context.Entries = ordered;
    }

    // One bit for each category of the pool; with more than 64 of them some share a bit, which only overstates likeness a little.
    private static void Mark(List<RankingEntry> pool, List<string> categories, Span<ulong> marks)
    {
        marks.Clear();
        for (var i = 0; i < marks.Length; i++)
        {
            foreach (var category in pool[i].Item?.Categories ?? [])
            {
                marks[i] |= 1UL << BitOf(category, categories);
            }
        }
    }

    // The catalogue has one string for all items of a category: to look for that string costs less than to read it.
    private static int BitOf(string category, List<string> categories)
    {
        for (var bit = 0; bit < categories.Count; bit++)
        {
            if (ReferenceEquals(categories[bit], category))
            {
                return bit;
            }
        }

        var known = categories.IndexOf(category);
        if (known < 0)
        {
            categories.Add(category);
        }

        return known < 0 ? categories.Count - 1 : known;
    }

    private static double Likeness(ulong left, ulong right)
    {
        var common = left & right;
        return common == 0 ? 0 : (double)BitOperations.PopCount(common) / BitOperations.PopCount(left | right);
    }

    private int Best(ReadOnlySpan<bool> taken, ReadOnlySpan<double> penalties)
    {
        var best = -1;
        var bestValue = double.NegativeInfinity;
        var step = (1 - options.Diversity) / taken.Length;
        for (var i = 0; i < taken.Length; i++)
        {
            var value = (-step * i) - penalties[i];
            if (!taken[i] && value > bestValue)
            {
                best = i;
                bestValue = value;
            }
        }

        return best;
    }
}
