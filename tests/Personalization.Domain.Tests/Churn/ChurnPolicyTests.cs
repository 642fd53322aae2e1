using FsCheck;
using FsCheck.Fluent;
using Personalization.Churn;
using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Models;
using Personalization.Users;

namespace Personalization.Domain.Tests.Churn;

public sealed class ChurnPolicyTests
{
    private const double High = 0.8;
    private readonly ChurnPolicy _policy = new(new ChurnOptions());

    [Fact]
    public void Decide_on_a_crossing_warns_with_everything_that_an_operator_needs()
    {
        var input = Input(0.85, Shop.Did(EventType.Purchase, "a", 100), Shop.Did(EventType.Purchase, "b", 40));

        var decision = _policy.Decide(ChurnMemory.Empty, input);

        var warning = decision.Warning.ShouldNotBeNull();
        warning.ShouldSatisfyAllConditions(
            w => w.UserId.ShouldBe("u1"),
            w => w.Probability.ShouldBe(0.85),
            w => w.Threshold.ShouldBe(High),
            w => w.HorizonDays.ShouldBe(90),
            w => w.LastEventAt.ShouldBe(Shop.Now.AddDays(-40)),
            w => w.DetectedAt.ShouldBe(Shop.Now),
            w => w.Model.ShouldBe(new ModelRef("m", "1")),
            w => w.Version.ShouldBe("t.0.9"),
            w => w.Reasons.ShouldNotBeEmpty());
        decision.Memory.ShouldSatisfyAllConditions(
            m => m.Armed.ShouldBeFalse(),
            m => m.Unpublished.ShouldBe(warning),
            m => m.Warnings.ShouldBe([warning]),
            m => m.NextCheck.ShouldBeNull(),
            m => m.LastProbability.ShouldBe(0.85));
        decision.Memory.Published("another").Unpublished.ShouldBe(warning);
        decision.Memory.Published(warning.WarningId).Unpublished.ShouldBeNull();
    }

    [Fact]
    public void Decide_without_new_activity_never_warns_again_even_if_a_new_model_thinks_better_in_between()
    {
        var action = Shop.Did(EventType.Purchase, "a", 40);
        var warned = _policy.Decide(ChurnMemory.Empty, Input(0.9, action)).Memory;

        var better = _policy.Decide(warned, Input(0.1, action)).Memory;

        better.Armed.ShouldBeFalse();
        _policy.Decide(better, Input(0.9, action)).Warning.ShouldBeNull();
    }

    [Fact]
    public void Decide_after_activity_that_brings_the_score_down_warns_at_the_next_crossing_under_another_id()
    {
        var before = Shop.Did(EventType.Purchase, "a", 40);
        var back = Shop.Did(EventType.View, "b", 10);
        var warned = _policy.Decide(ChurnMemory.Empty, Input(0.9, before));

        var rearmed = _policy.Decide(warned.Memory, Input(0.64, before, back));
        var again = _policy.Decide(rearmed.Memory, Input(0.81, before, back));

        rearmed.Memory.Armed.ShouldBeTrue();
        rearmed.Memory.NextCheck.ShouldNotBeNull();
        again.Warning!.WarningId.ShouldNotBe(warned.Warning!.WarningId);
        again.Memory.Warnings.Select(w => w.WarningId).ShouldBe([again.Warning.WarningId, warned.Warning.WarningId]);
    }

    [Fact]
    public void Decide_after_activity_that_changes_little_stays_quiet()
    {
        var before = Shop.Did(EventType.Purchase, "a", 40);
        var back = Shop.Did(EventType.View, "b", 10);
        var warned = _policy.Decide(ChurnMemory.Empty, Input(0.9, before)).Memory;

        var wobble = _policy.Decide(warned, Input(0.7, before, back)).Memory;

        _policy.Decide(wobble, Input(0.9, before, back)).Warning.ShouldBeNull();
    }

    [Fact]
    public void Decide_repeated_for_the_same_crossing_gives_the_same_id_and_no_user_in_clear()
    {
        var input = Input(0.9, Shop.Did(EventType.Purchase, "a", 40));

        var id = _policy.Decide(ChurnMemory.Empty, input).Warning!.WarningId;

        _policy.Decide(ChurnMemory.Empty, input with { Now = Shop.Now.AddDays(1) }).Warning!.WarningId.ShouldBe(id);
        _policy.Decide(ChurnMemory.Empty, input with { UserId = "u2" }).Warning!.WarningId.ShouldNotBe(id);
        id.ShouldNotContain("u1");
    }

    [Fact]
    public void Decide_does_not_warn_about_somebody_who_is_in_the_shop_and_looks_again_later()
    {
        var decision = _policy.Decide(ChurnMemory.Empty, Input(0.95, Shop.Did(EventType.View, "a", 0.01)));

        decision.Warning.ShouldBeNull();
        decision.Memory.Armed.ShouldBeTrue();
        decision.Memory.NextCheck.ShouldBe(Shop.Now.AddHours(6));
    }

    [Fact]
    public void Decide_takes_being_shown_an_item_for_no_activity()
    {
        _policy.Decide(ChurnMemory.Empty, Input(0.9, Shop.Did(EventType.Purchase, "a", 40), Shop.Did(EventType.Impression, "b", 0)))
            .Warning!.LastEventAt.ShouldBe(Shop.Now.AddDays(-40));
        _policy.Decide(ChurnMemory.Empty, Input(0.9, Shop.Did(EventType.Impression, "b", 40))).ShouldSatisfyAllConditions(
            d => d.Warning.ShouldBeNull(),
            d => d.Memory.NextCheck.ShouldBeNull());
    }

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(0.4, 0.25)]
    [InlineData(4, 2)]
    [InlineData(20, 10)]
    [InlineData(100, 14)]
    [InlineData(269, 14)]
    public void NextCheck_thins_out_with_the_silence(double quietDays, double waitDays) =>
        _policy.NextCheck(Shop.Now.AddDays(-quietDays), Shop.Now, 90).ShouldBe(Shop.Now.AddDays(waitDays));

    [Fact]
    public void NextCheck_ends_after_three_horizons() => _policy.NextCheck(Shop.Now.AddDays(-271), Shop.Now, 90).ShouldBeNull();

    [Fact]
    public void New_activity_is_followed_by_a_check() =>
        _policy.NextCheckAfterActivity(Shop.Now, Shop.Now).ShouldBe(Shop.Now.AddHours(6));

    [Fact]
    public void A_random_walk_of_scores_warns_once_per_crossing()
    {
        var steps =
            from score in Gen.Choose(0, 100)
            from acts in Gen.Elements(true, false, false)
            select (Score: score / 100.0, Acts: acts);

        Prop.ForAll(steps.ListOf().ToArbitrary(), walk =>
        {
            var memory = ChurnMemory.Empty;
            var sequence = new List<StoredEvent> { Shop.Did(EventType.View, "a", 0) };
            var now = Shop.Now;
            var calmSinceWarning = true;
            var ids = new HashSet<string>();
            foreach (var (score, acts) in walk)
            {
                now = now.AddDays(1);
                if (acts)
                {
                    sequence.Add(new StoredEvent("a", EventType.View, now.AddHours(-2), null, null, new StreamPosition("t", 0, now.ToUnixTimeSeconds())));
                }

                var last = sequence[^1].Timestamp;
                calmSinceWarning = calmSinceWarning || (score < High - 0.15 && last > memory.Warnings[0].LastEventAt);
                var input = Input(score, [.. sequence]) with { Now = now };
                var decision = _policy.Decide(memory, input);
                var expected = score >= High && calmSinceWarning;
                if (decision.Warning is not null != expected || (decision.Warning is { } w && !ids.Add(w.WarningId)))
                {
                    return false;
                }

                calmSinceWarning &= decision.Warning is null;
                memory = decision.Memory;
                if (memory.Warnings.Count > ChurnMemory.MaxWarnings || (memory.NextCheck is null) != !memory.Armed)
                {
                    return false;
                }
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }

    internal static ChurnInput Input(double probability, params StoredEvent[] sequence)
    {
        var totals = new UserTotals();
        foreach (var action in sequence)
        {
            totals.Add(action.Type, action.Timestamp, action.Quantity, action.Price);
        }

        return new ChurnInput
        {
            UserId = "u1",
            Score = new ChurnSummary(probability, probability >= High ? ChurnLevel.High : ChurnLevel.Low, 90),
            Threshold = High,
            Sequence = sequence,
            Totals = totals,
            Now = Shop.Now,
            Model = new ModelRef("m", "1"),
            Version = "t.0.9",
        };
    }
}
