using System.Collections.Immutable;
using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Tests.Retrieval;

public sealed class CandidateSelectorTests
{
    [Fact]
    public void Select_RandomCases_GivesExactlyWhatSortingGives()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 2_000; round++)
        {
            var width = random.Next(2, 300);
            // Few distinct values, so that ties are common.
            var scores = Enumerable.Range(0, width).Select(_ => random.Next(40) / 7f).ToArray();
            var available = RandomBits(random, width, 0.8);
            var categories = Enumerable.Range(0, 3).ToDictionary(i => $"c{i}", _ => RandomBits(random, width, 0.3));
            string[] asked = [.. Enumerable.Range(0, random.Next(3)).Select(i => i == 0 ? "c0" : "unknown"), .. random.Next(4) == 0 ? new[] { "c2" } : []];
            var excluded = Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(width)).ToArray();
            var count = random.Next(0, width + 1);
            var view = new EligibilityView(0, true, available, categories.ToImmutableDictionary());
            var (best, bestScores) = (new int[count], new float[count]);

            var found = new CandidateSelector(width).Select(scores, new Selection(view, asked, excluded, count), best, bestScores);

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
    }

    private static bool Has(ulong[] bits, int index) => (bits[index / 64] >> (index % 64) & 1) == 1;

    private static ulong[] RandomBits(Random random, int width, double share)
    {
        var bits = new ulong[(width + 63) / 64];
        for (var i = 0; i < width; i++)
        {
            if (random.NextDouble() < share)
            {
                Bits.Set(bits, i);
            }
        }

        return bits;
    }
}
