namespace Personalization.Replay.Workload;

public sealed class ZipfSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    [InlineData(1)]
    [InlineData(1.5)]
    public void Next_draws_each_rank_in_proportion_to_its_power(double skew)
    {
        const int count = 20, draws = 400_000;
        var sampler = new ZipfSampler(count, skew);
        var random = new Random(7);
        var counts = new int[count];

        for (var i = 0; i < draws; i++)
        {
            counts[sampler.Next(random)]++;
        }

        var sum = Enumerable.Range(1, count).Sum(rank => Math.Pow(rank, -skew));
        for (var rank = 1; rank <= count; rank++)
        {
            var expected = draws * Math.Pow(rank, -skew) / sum;
            ((double)counts[rank - 1]).ShouldBe(expected, 5 * Math.Sqrt(expected), $"rank {rank}");
        }
    }

    [Fact]
    public void One_rank_is_always_drawn() => new ZipfSampler(1, 0.8).Next(new Random(1)).ShouldBe(0);

    [Fact]
    public void A_hundred_million_ranks_need_no_table()
    {
        var sampler = new ZipfSampler(100_000_000, 0.8);
        var random = new Random(3);

        Enumerable.Range(0, 1_000).Select(_ => sampler.Next(random)).ShouldAllBe(rank => rank >= 0 && rank < 100_000_000);
    }
}
