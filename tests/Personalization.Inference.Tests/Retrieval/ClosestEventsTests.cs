using Personalization.Inference.Encoding;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Tests.Retrieval;

public sealed class ClosestEventsTests
{
    private const int MaxLength = 70;

    [Theory]
    [InlineData(64)]
    [InlineData(10)]
    public void Find_RandomCases_GivesWhatLookingAtEachPairGives(int dimension)
    {
        var random = new Random(20260103);
        const int Count = 120;
        var vectors = new ItemVectors([.. Enumerable.Range(0, Count * dimension).Select(i => i < dimension ? 0 : random.NextSingle() - 0.45f)], dimension);
        var closest = new ClosestEvents(vectors, MaxLength);
        var explained = 0;
        for (var round = 0; round < 300; round++)
        {
            var sequence = new EncodedSequence(MaxLength, 0) { Start = random.Next(0, MaxLength + 1) };
            for (var i = sequence.Start; i < MaxLength; i++)
            {
                (sequence.Items[i], sequence.Sources[i]) = (random.Next(Count), 1_000 + i);
            }

            int[] items = [.. Enumerable.Range(0, random.Next(0, 12)).Select(_ => random.Next(1, Count))];
            var sources = new int[12];

            closest.Find(items, sequence, sources);

            foreach (var (item, source) in items.Zip(sources))
            {
                var (found, expected) = (Of(vectors, item, sequence, source), Of(vectors, item, sequence, Expected(vectors, item, sequence)));

                // Sums have another order of addition: of two that are equal but for that either may win, and at the very edge nothing may.
                var atTheEdge = Math.Min(Math.Abs(found.Cosine - vectors.Outstanding), Math.Abs(expected.Cosine - vectors.Outstanding)) < 1e-5f;
                (atTheEdge || Math.Abs(found.Closeness - expected.Closeness) < 1e-5f).ShouldBeTrue($"{found} instead of {expected}");
                explained += source >= 0 ? 1 : 0;
            }
        }

        explained.ShouldBeGreaterThan(100);
    }

    private static (float Cosine, float Closeness) Of(ItemVectors vectors, int item, EncodedSequence sequence, int source)
    {
        if (source < 0)
        {
            return (0, 0);
        }

        var cosine = vectors.Cosine(item, sequence.Items[source - 1_000]);
        return (cosine, cosine * MathF.Pow(0.98f, MaxLength - 1 - (source - 1_000)));
    }

    private static int Expected(ItemVectors vectors, int item, EncodedSequence sequence)
    {
        var (best, source, weight) = (0f, -1, 1f);
        for (var i = MaxLength - 1; i >= sequence.Start; i--, weight *= 0.98f)
        {
            var cosine = vectors.Cosine(item, sequence.Items[i]);
            if (cosine >= vectors.Outstanding && cosine * weight > best)
            {
                (best, source) = (cosine * weight, sequence.Sources[i]);
            }
        }

        return source;
    }
}
