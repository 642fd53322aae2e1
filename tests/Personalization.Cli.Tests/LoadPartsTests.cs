using Personalization.Cli.Load;

namespace Personalization.Cli.Tests;

public sealed class LoadPartsTests
{
    [Fact]
    public void Constant_arrivals_are_evenly_spaced()
    {
        var arrivals = new Arrivals(4, poisson: false, new Random(1));

        Enumerable.Range(0, 4).Select(_ => arrivals.Next().TotalSeconds).ShouldBe([0, 0.25, 0.5, 0.75]);
    }

    [Fact]
    public void Poisson_arrivals_keep_the_rate_and_their_gaps_are_exponential()
    {
        var arrivals = new Arrivals(100, poisson: true, new Random(1));
        var times = Enumerable.Range(0, 20_001).Select(_ => arrivals.Next().TotalSeconds).ToArray();

        var gaps = times.Zip(times.Skip(1), (left, right) => right - left).ToArray();
        gaps.Average().ShouldBe(0.01, 0.0003);
        (gaps.Count(gap => gap > 0.01) / 20_000.0).ShouldBe(Math.Exp(-1), 0.015);
    }

    [Fact]
    public void Every_bound_that_is_missed_is_a_sentence()
    {
        var recorder = new LoadRecorder();
        for (var i = 0; i < 100; i++)
        {
            recorder.Add(LoadRecorder.Total, TimeSpan.FromMilliseconds(i < 98 ? 10 : 80));
        }

        recorder.Answered("model", null, stale: true);
        recorder.Answered("trending", "overload", stale: false);
        recorder.Fail("timeout");
        var report = recorder.Report(new LoadOptions { Url = new Uri("http://x/") }, TimeSpan.FromSeconds(1));

        new LoadBounds { MaxP99 = 50, MaxDurableP99 = 250, RequiredSource = "model" }.Missed(report).Select(sentence => sentence.Split(',')[0]).ShouldBe(
            ["p99 is 80.06 ms", "p99 until durable was not measured", "1 stale answers", "1 errors", "1 answers did not come from model"]);
        new LoadBounds { MaxP99 = 81, MaxStale = 1, MaxErrors = 1 }.Missed(report).ShouldBeEmpty();
    }

    [Fact]
    public void A_run_without_a_trial_misses() =>
        new LoadBounds().Missed(new LoadRecorder().Report(new LoadOptions { Url = new Uri("http://x/") }, TimeSpan.Zero)).ShouldBe(["no trial was measured"]);
}
