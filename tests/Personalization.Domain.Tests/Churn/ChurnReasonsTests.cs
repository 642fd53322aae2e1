using Personalization.Churn;
using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Domain.Tests.Churn;

public sealed class ChurnReasonsTests
{
    [Fact]
    public void A_regular_shopper_s_silence_is_measured_against_the_own_usual_gap() =>
        Texts(Buy(100), Buy(90), Buy(80), Buy(70), Buy(41)).ShouldContain("slower_than_usual: No activity for 41 days; the usual gap between visits is 10 days.");

    [Fact]
    public void A_regular_shopper_within_the_own_usual_gap_is_not_called_slow() =>
        Texts(Buy(120), Buy(90), Buy(60), Buy(30)).ShouldBe(["inactive: No activity for 30 days."]);

    /// <summary>A full sequence keeps hides of years, whose visits it has forgotten: a month passed for the usual gap of a daily shopper.</summary>
    [Fact]
    public void Hides_older_than_all_else_that_is_kept_are_no_visits()
    {
        var hides = Enumerable.Range(1, 36).Reverse().Select(month => Shop.Did(EventType.Hide, "h", 30 + (30 * month)));
        var input = ChurnPolicyTests.Input(0.9, [.. hides, .. Enumerable.Range(20, 10).Reverse().Select(day => Buy(day))]);
        input.Totals[EventType.View] = 500;

        Texts(input).ShouldContain("slower_than_usual: No activity for 20 days; the usual gap between visits is 1 days.");
    }

    [Fact]
    public void A_hide_before_all_else_is_a_visit_where_nothing_was_forgotten() =>
        Texts(Shop.Did(EventType.Hide, "h", 30), Shop.Did(EventType.Click, "a", 10), Shop.Did(EventType.Click, "a", 0)).ShouldBeEmpty();

    [Fact]
    public void A_one_time_buyer_is_named_as_such() =>
        Texts(Buy(30.1), Buy(30)).ShouldBe(["inactive: No activity for 30 days.", "few_visits: Only one visit so far."]);

    [Fact]
    public void A_full_sequence_does_not_claim_few_visits()
    {
        var input = ChurnPolicyTests.Input(0.9, Buy(30));
        input.Totals[EventType.View] = 500;

        ChurnReasons.Of(input).ShouldNotContain(reason => reason.Code == "few_visits");
    }

    [Fact]
    public void Cancellations_shortly_before_the_silence_count_older_ones_do_not()
    {
        Texts(Buy(50), Shop.Did(EventType.Cancel, "a", 42), Buy(40)).ShouldContain("recent_cancellation: An item was cancelled 42 days ago.");
        Texts(Buy(90), Shop.Did(EventType.Cancel, "a", 80), Buy(40)).ShouldNotContain(text => text.StartsWith("recent_cancellation"));
    }

    [Fact]
    public void Falling_orders_are_named_with_both_averages() =>
        Texts(Buy(50, 40), Buy(40, 30), Buy(30, 10), Buy(20, 5.5m)).ShouldContain("lower_spend: The last two orders average 7.75; before it was 35.00.");

    [Fact]
    public void Nothing_is_said_about_an_active_shopper_or_without_events()
    {
        Texts(Buy(30), Buy(20), Buy(10), Buy(0.1)).ShouldBeEmpty();
        Texts().ShouldBeEmpty();
    }

    private static string[] Texts(params StoredEvent[] sequence) => Texts(ChurnPolicyTests.Input(0.9, sequence));

    private static string[] Texts(ChurnInput input) => [.. ChurnReasons.Of(input).Select(reason => $"{reason.Code}: {reason.Text}")];

    private static StoredEvent Buy(double daysAgo, decimal price = 10) => Shop.Did(EventType.Purchase, "a", daysAgo, price);
}
