using System.Collections.Immutable;
using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Tests.Retrieval;

public sealed class CandidateSelectorTests
{
    [Fact]
    public void Select_RandomCases_GivesExactlyWhatSortingGives()
    {
        // Few distinct values, so that ties are common.
        var random = new Random(20260101);
        for (var round = 0; round < 2_000; round++)
        {
            float[] scores = [.. Enumerable.Range(0, random.Next(2, 300)).Select(_ => random.Next(40) / 7f)];
            Compare(random, new CandidateSelector(scores.Length), scores, most: scores.Length);
        }
    }

    [Fact]
    public void Select_FewOfMany_GivesExactlyWhatSortingGives()
    {
        var random = new Random(20260102);
        const int Width = 1_777;
        var selector = new CandidateSelector(Width);
        for (var round = 0; round < 500; round++)
        {
            // Likely and unlikely ones, logarithms of them, and rows with ties, of no two alike after each other.
            Func<float> draw = (round % 5) switch
            {
                0 => () => MathF.Exp(-20 * random.NextSingle()),
                1 => () => -30 * random.NextSingle(),
                2 => () => random.Next(200) / 7f,
                3 => () => random.Next(100) == 0 ? random.NextSingle() : 0,
                _ => () => (random.NextSingle() - 0.5f) * 1e30f,
            };
            Compare(random, selector, [.. Enumerable.Range(0, Width).Select(_ => draw())], most: 60);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.MaxValue)]
    public void Select_AllEqual_GivesTheFirst(float score)
    {
        var everything = new ulong[16];
        Array.Fill(everything, ulong.MaxValue);
        var selection = new Selection(new EligibilityView(0, true, everything, ImmutableDictionary<string, CategoryItems>.Empty), [], [], 5);
        var (best, bestScores) = (new int[5], new float[5]);

        new CandidateSelector(1_024).Select(Enumerable.Repeat(score, 1_024).ToArray(), selection, best, bestScores).ShouldBe(5);

        best.ShouldBe([0, 1, 2, 3, 4]);
    }

    private static void Compare(Random random, CandidateSelector selector, float[] scores, int most)
    {
        var width = scores.Length;
        var available = RandomBits(random, width, 0.8);
        var categories = Enumerable.Range(0, 3).ToDictionary(i => $"c{i}", i => RandomBits(random, width, i == 0 ? 0.3 : 0.02));
        string[] asked = [.. Enumerable.Range(0, random.Next(3)).Select(i => i == 0 ? "c0" : "unknown"), .. random.Next(4) == 0 ? new[] { "c2" } : []];
        var excluded = Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(width)).ToArray();
        var count = random.Next(0, Math.Min(most, width) + 1);
        var view = new EligibilityView(0, true, available, categories.ToImmutableDictionary(pair => pair.Key, pair => ItemsOf(pair.Value, width)));
        var (best, bestScores) = (new int[count], new float[count]);

        var found = selector.Select(scores, new Selection(view, asked, excluded, count), best, bestScores);

        int[] expected =
        [
            .. Enumerable.Range(0, width)
                .Where(i => Has(available, i) && !excluded.Contains(i))
                .Where(i => asked.Length == 0 || asked.Any(c => categories.TryGetValue(c, out var bits) && Has(bits, i)))
                .OrderByDescending(i => scores[i]).ThenBy(i => i)
                .Take(count),
        ];
        best[..found].ShouldBe(expected);
        bestScores[..found].ShouldBe(expected.Select(i => scores[i]));
    }

    private static bool Has(ulong[] bits, int index) => (bits[index / 64] >> (index % 64) & 1) == 1;

    private static CategoryItems ItemsOf(ulong[] bits, int width) => CategoryItems.Of(before: null, [.. Enumerable.Range(0, width).Where(index => Has(bits, index))], bits.Length);

    // Index 0 is padding.
    private static ulong[] RandomBits(Random random, int width, double share)
    {
        var bits = new ulong[(width + 63) / 64];
        for (var i = 1; i < width; i++)
        {
            if (random.NextDouble() < share)
            {
                Bits.Set(bits, i);
            }
        }

        return bits;
    }
}
