using Personalization.Inference.Engine;
using Personalization.Inference.Scoring;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Scoring;

public sealed class CatalogueScorerTests
{
    private const int Items = 3_000;
    private const int Users = 20;

    private readonly Vectors _vectors = new(Items, 32, Users);

    [Fact]
    public void Score_Exact_GivesWhatSortingGives()
    {
        var scorer = Scorer(exact: true);
        for (var user = 0; user < Users; user++)
        {
            var job = Score(scorer, user, _vectors.Job(20, index => index % 3 != 0));

            job.Best[..job.BestCount].ShouldBe(_vectors.Best(user, 20, index => index % 3 != 0));
            job.BestScores[..20].ShouldBe(job.Best[..20].Select(index => _vectors.Score(user, index)), tolerance: 1e-4);
        }
    }

    [Fact]
    public void Score_Rounded_FindsWhatIsBestWithItsExactScores()
    {
        var scorer = Scorer(exact: false);
        var found = 0;
        for (var user = 0; user < Users; user++)
        {
            var job = Score(scorer, user, _vectors.Job(20));

            job.BestScores[..20].ShouldBe(job.Best[..20].Select(index => _vectors.Score(user, index)));
            found += job.Best[..20].Intersect(_vectors.Best(user, 20)).Count();
        }

        (found / (20.0 * Users)).ShouldBeGreaterThan(0.99);
    }

    [Fact]
    public void Score_SaysWhetherEveryRowTookItsTime()
    {
        var scorer = Scorer(exact: true);

        scorer.Score([_vectors.Job(20), _vectors.Job(5)], _vectors.Users).ShouldBeTrue();
        scorer.Score([_vectors.Job(20), _vectors.Job(0)], _vectors.Users).ShouldBeFalse("churn alone looks at no item");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Score_FewAreEligible_GivesAllOfThemHoweverBad(bool exact)
    {
        // Seven eligible ones of 3,000, all among the worst of the shopper, and two of them seen.
        var worst = _vectors.Best(0, Items)[^7..];
        var job = _vectors.Job(20, index => worst.Contains(index), excluded: [worst[0], worst[3], 0]);

        Score(Scorer(exact), 0, job);

        job.Best[..job.BestCount].ShouldBe([worst[1], worst[2], worst[4], worst[5], worst[6]]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Score_AsManyAsThereAre_GivesThemAll(bool exact)
    {
        var job = Score(Scorer(exact), 1, _vectors.Job(Items, excluded: [5]));

        job.Best[..job.BestCount].Order().ShouldBe(Enumerable.Range(1, Items).Where(index => index != 5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Score_AmongOthers_GivesBitForBitWhatItGivesAlone(bool exact)
    {
        var scorer = Scorer(exact);
        var together = Enumerable.Range(0, Users).Select(_ => _vectors.Job(20)).ToArray();
        scorer.Score(together, _vectors.Users);

        for (var user = 0; user < Users; user++)
        {
            var alone = Score(scorer, user, _vectors.Job(20));

            together[user].Best.ShouldBe(alone.Best);
            together[user].BestScores.ShouldBe(alone.BestScores);
            together[user].LogSum.ShouldBe(alone.LogSum);
        }
    }

    [Theory]
    [InlineData(true, 1e-4)]
    [InlineData(false, 0.02)]
    public void Score_Normalizer_MakesProbabilitiesOfTheScores(bool exact, double tolerance)
    {
        var job = Score(Scorer(exact), 2, _vectors.Job(1));

        var sum = Enumerable.Range(1, Items).Sum(index => Math.Exp(_vectors.Score(2, index) - job.LogSum));
        sum.ShouldBe(1, tolerance);
    }

    [Fact]
    public void Score_Candidates_AreRankedByTheirExactScores()
    {
        var job = new InferenceJob(0) { Candidates = [9, 2, 1_500, 77] };
        job.Reset(4);

        Score(Scorer(exact: false), 3, job);

        job.Best[..job.BestCount].ShouldBe(job.Candidates.OrderByDescending(index => _vectors.Score(3, index)));
        job.BestScores[0].ShouldBe(_vectors.Score(3, job.Best[0]));
        job.LogSum.ShouldNotBe(0);
    }

    [Fact]
    public void Score_VectorIsNotFinite_SaysSoByTheNormalizer()
    {
        var job = _vectors.Job(5);
        var broken = _vectors.User(0).ToArray();
        broken[7] = float.NaN;

        Scorer(exact: false).Score([job], broken);

        job.LogSum.ShouldBe(float.NaN);
        job.BestCount.ShouldBe(0);
    }

    private InferenceJob Score(CatalogueScorer scorer, int user, InferenceJob job)
    {
        scorer.Score([job], _vectors.User(user));
        return job;
    }

    private CatalogueScorer Scorer(bool exact) =>
        new(ItemTiles.Create(_vectors.Table, _vectors.Biases, exact ? Items : 0), _vectors.Table, _vectors.Biases, new InferenceOptions());
}
