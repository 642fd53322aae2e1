using System.Runtime.Intrinsics.X86;
using Personalization.Inference.Scoring;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Scoring;

public sealed class ItemTilesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(255, 3)]
    [InlineData(256, 64)]
    [InlineData(1_000, 50)]
    public void Score_Floats_AreTheProductsAndTheBiases(int items, int dimension)
    {
        var vectors = new Vectors(items, dimension, users: 3);
        var tiles = new FloatTiles(vectors.Table, vectors.Biases, dimension);

        for (var user = 0; user < 3; user++)
        {
            var scores = ScoreAll(tiles, vectors.User(user));
            for (var index = 1; index <= items; index++)
            {
                scores[index].ShouldBe(vectors.Score(user, index), 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(300, 1)]
    [InlineData(300, 6)]
    [InlineData(1_000, 64)]
    [InlineData(1_000, 67)]
    public void Score_Bytes_EveryInstructionSetGivesTheSame(int items, int dimension)
    {
        var vectors = new Vectors(items, dimension, users: 3);
        var portable = new ByteTiles(vectors.Table, vectors.Biases, dimension, ByteTiles.Kernel.Portable);
        var others = Kernels().Select(kernel => new ByteTiles(vectors.Table, vectors.Biases, dimension, kernel)).ToArray();

        for (var user = 0; user < 3; user++)
        {
            var expected = ScoreAll(portable, vectors.User(user));

            foreach (var tiles in others)
            {
                ScoreAll(tiles, vectors.User(user)).ShouldBe(expected);
            }
        }
    }

    [Theory]
    [InlineData(300, 1)]
    [InlineData(300, 6)]
    [InlineData(1_000, 64)]
    [InlineData(1_000, 67)]
    public void ScoreFour_GivesEachBitForBitWhatItGetsAlone(int items, int dimension)
    {
        var vectors = new Vectors(items, dimension, users: 4);
        ItemTiles[] all =
        [
            new FloatTiles(vectors.Table, vectors.Biases, dimension),
            .. Kernels().Append(ByteTiles.Kernel.Portable).Select(kernel => new ByteTiles(vectors.Table, vectors.Biases, dimension, kernel)),
        ];

        foreach (var tiles in all)
        {
            var queries = Enumerable.Range(0, 4).Select(user => Query(tiles, vectors.User(user))).ToArray();
            var alone = Enumerable.Range(0, 4).Select(user => ScoreAll(tiles, vectors.User(user))).ToArray();
            var scores = new float[4 * ItemTiles.BlockItems];
            for (var block = 0; block < tiles.Blocks; block++)
            {
                tiles.ScoreFour(block, queries, scores, isFirst: block % 2 == 0);
                for (var user = 0; user < 4; user++)
                {
                    scores.AsSpan(user * ItemTiles.BlockItems, ItemTiles.BlockItems)
                        .SequenceEqual(alone[user].AsSpan(block * ItemTiles.BlockItems, ItemTiles.BlockItems)).ShouldBeTrue($"{tiles.GetType().Name}, block {block}, shopper {user}");
                }
            }
        }
    }

    [Fact]
    public void Score_BytesAtTheirLargest_DoNotOverflow()
    {
        float[] vectors = [.. new float[64], .. Enumerable.Repeat(2f, 64), .. Enumerable.Repeat(-2f, 64)];
        var tiles = new ByteTiles(vectors, new float[3], 64);

        var scores = ScoreAll(tiles, Enumerable.Repeat(-5f, 64).ToArray());

        scores[1].ShouldBe(-640, 0.01);
        scores[2].ShouldBe(640, 0.01);
    }

    [Fact]
    public void Score_Bytes_AreCloseToTheFloats()
    {
        var vectors = new Vectors(5_000, 64, users: 10);
        var tiles = new ByteTiles(vectors.Table, vectors.Biases, 64);

        for (var user = 0; user < 10; user++)
        {
            var scores = ScoreAll(tiles, vectors.User(user));
            Enumerable.Range(1, 5_000).Average(index => (double)Math.Abs(scores[index] - vectors.Score(user, index))).ShouldBeLessThan(0.03);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Score_PaddingAndWhatFillsTheLastBlock_AreNoItems(bool exact)
    {
        var vectors = new Vectors(10, 4, users: 1);

        var scores = ScoreAll(ItemTiles.Create(vectors.Table, vectors.Biases, exact ? 10 : 9), vectors.User(0));

        scores.Length.ShouldBe(ItemTiles.BlockItems);
        scores[0].ShouldBe(float.NegativeInfinity);
        scores[11..].ShouldAllBe(score => float.IsNegativeInfinity(score));
        scores[1..11].ShouldAllBe(score => float.IsFinite(score));
    }

    [Fact]
    public void Create_UpToTheLimit_IsExactAndAboveItIsAQuarterOfTheMemory()
    {
        var vectors = new Vectors(2_000, 64, users: 0);

        var exact = ItemTiles.Create(vectors.Table, vectors.Biases, exactItems: 2_000);
        var rounded = ItemTiles.Create(vectors.Table, vectors.Biases, exactItems: 1_999);

        exact.IsExact.ShouldBeTrue();
        rounded.IsExact.ShouldBeFalse();
        (rounded.Bytes / (double)exact.Bytes).ShouldBeInRange(0.25, 0.3);
    }

    // Those that this processor has, but the portable one.
    private static IEnumerable<ByteTiles.Kernel> Kernels()
    {
        (ByteTiles.Kernel Kernel, bool IsSupported)[] all =
        [
            (ByteTiles.Kernel.Avx2, Avx2.IsSupported),
            (ByteTiles.Kernel.Avx512, Avx512BW.IsSupported),
            (ByteTiles.Kernel.Vnni, AvxVnni.IsSupported),
        ];
        return all.Where(kernel => kernel.IsSupported).Select(kernel => kernel.Kernel);
    }

    private static TileQuery Query(ItemTiles tiles, ReadOnlySpan<float> user)
    {
        var query = new TileQuery(tiles.Dimension);
        tiles.Prepare(user, query);
        return query;
    }

    private static float[] ScoreAll(ItemTiles tiles, ReadOnlySpan<float> user)
    {
        var query = Query(tiles, user);
        var scores = new float[tiles.Blocks * ItemTiles.BlockItems];
        for (var block = 0; block < tiles.Blocks; block++)
        {
            tiles.Score(block, query, scores.AsSpan(block * ItemTiles.BlockItems, ItemTiles.BlockItems), isFirst: block % 2 == 0);
        }

        return scores;
    }
}
