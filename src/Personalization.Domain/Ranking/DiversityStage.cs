namespace Personalization.Ranking;

/// <summary>
/// Spreads the shelf over categories by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): relevance is the rank in the pool
/// (scale-free, so a steep softmax changes nothing), likeness is the Jaccard index of the categories. The first item stays first.
/// </summary>
internal sealed class DiversityStage(RankingOptions options) : IRankingStage
{
    public void Apply(RankingContext context)
    {
        var pool = context.Entries;
        var fixedPlaces = Math.Max(1, pool.TakeWhile(entry => entry.Reason is not null).Count());
        var places = Math.Min(context.Request.Count, pool.Count);
        if (options.Diversity == 0 || places <= fixedPlaces)
        {
            return;
        }

        var likeness = new double[pool.Count];
        var taken = new bool[pool.Count];
        var ordered = new List<RankingEntry>(pool.Count);
        for (var place = 0; place < places; place++)
        {
            var best = place < fixedPlaces ? place : Best(taken, likeness);
            taken[best] = true;
            ordered.Add(pool[best]);
            for (var i = 0; i < pool.Count; i++)
            {
                if (!taken[i])
                {
                    likeness[i] = Math.Max(likeness[i], Likeness(pool[best], pool[i]));
                }
            }
        }

        ordered.AddRange(pool.Where((_, index) => !taken[index]));
        context.Entries = ordered;
    }

    private static double Likeness(RankingEntry left, RankingEntry right)
    {
        var a = left.Item?.Categories ?? [];
        var b = right.Item?.Categories ?? [];
        var common = 0;
        foreach (var name in a)
        {
            common += b.Contains(name, StringComparer.Ordinal) ? 1 : 0;
        }

        return common == 0 ? 0 : (double)common / (a.Length + b.Length - common);
    }

    private int Best(bool[] taken, double[] likeness)
    {
        var best = -1;
        var bestValue = double.NegativeInfinity;
        for (var i = 0; i < taken.Length; i++)
        {
            var relevance = 1 - ((double)i / taken.Length);
            var value = ((1 - options.Diversity) * relevance) - (options.Diversity * likeness[i]);
            if (!taken[i] && value > bestValue)
            {
                best = i;
                bestValue = value;
            }
        }

        return best;
    }
}
