using Personalization.Events;

namespace Personalization.Replay.Workload;

public sealed class SyntheticWorkloadTests
{
    [Fact]
    public void Equal_options_make_equal_streams()
    {
        var workload = new SyntheticWorkload(Some.Workload);

        workload.ShouldBe(new SyntheticWorkload(Some.Workload));
        workload.ShouldBe(workload);
        new SyntheticWorkload(Some.Workload with { Seed = 2 }).First().UserId.ShouldStartWith("s2-");
    }

    [Fact]
    public void Every_event_is_there_once_and_its_retry_is_the_same_event()
    {
        var messages = new SyntheticWorkload(Some.Workload).ToList();

        var byId = messages.GroupBy(message => message.EventId, StringComparer.Ordinal).ToList();
        byId.Count.ShouldBe(20_000);
        byId.Count(group => group.Count() == 2).ShouldBeInRange(1_800, 2_200);
        byId.ShouldAllBe(group => group.Distinct().Count() == 1 && group.Count() <= 2);
    }

    [Fact]
    public void A_retry_follows_within_the_window_even_where_every_second_event_has_one()
    {
        var messages = new SyntheticWorkload(Some.Workload with { RetryShare = 0.5, Users = 1 }).ToList();

        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        var distances = new List<int>();
        for (var i = 0; i < messages.Count; i++)
        {
            if (!first.TryAdd(messages[i].EventId, i))
            {
                distances.Add(i - first[messages[i].EventId]);
            }
        }

        distances.Count.ShouldBeGreaterThan(8_000);
        distances.Max().ShouldBeLessThan(WorkloadOptions.RetryWindow);
        distances.Min().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Late_events_are_late_by_at_most_the_delay_and_all_lie_in_the_span()
    {
        var messages = new SyntheticWorkload(Some.Workload with { RetryShare = 0 }).ToList();

        var head = DateTimeOffset.MinValue;
        var late = new List<TimeSpan>();
        foreach (var message in messages)
        {
            if (message.Timestamp < head)
            {
                late.Add(head - message.Timestamp);
            }

            head = message.Timestamp > head ? message.Timestamp : head;
        }

        late.Count.ShouldBeInRange(3_500, 4_500);
        late.Max().ShouldBeInRange(TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));
        messages.Min(message => message.Timestamp).ShouldBe(Some.Start);
        messages.Max(message => message.Timestamp).ShouldBe(Some.Start + TimeSpan.FromHours(10));
    }

    [Fact]
    public void Visits_have_the_length_and_the_gap_that_were_asked_for()
    {
        var options = Some.Workload with { RetryShare = 0, LateShare = 0, SessionEvents = 5, SessionGap = TimeSpan.FromMinutes(1), Events = 50_000 };
        var visits = new SyntheticWorkload(options).GroupBy(message => message.SessionId, StringComparer.Ordinal).Select(visit => visit.ToList()).ToList();

        visits.ShouldAllBe(visit => visit.Select(message => message.UserId).Distinct().Count() == 1);
        visits.Average(visit => visit.Count).ShouldBe(5, 0.3);
        var gaps = visits.SelectMany(visit => visit.Zip(visit.Skip(1), (left, right) => (right.Timestamp - left.Timestamp).TotalSeconds));
        gaps.Average().ShouldBe(60, 6);
    }

    [Fact]
    public void Types_follow_the_mix_and_only_trades_have_a_price()
    {
        var options = Some.Workload with { Mix = EventMix.Parse("view=3,purchase=1") };

        var messages = new SyntheticWorkload(options).ToList();

        (messages.Count(message => message.Type == EventType.Purchase) / (double)messages.Count).ShouldBe(0.25, 0.02);
        messages.ShouldAllBe(message => message.Type == EventType.Purchase == message.Price.HasValue);
    }

    [Theory]
    [InlineData("view")]
    [InlineData("look=1")]
    [InlineData("view=x")]
    [InlineData("view=0")]
    [InlineData("99=1")]
    public void Parse_of_a_bad_mix_says_so(string text) => Should.Throw<FormatException>(() => EventMix.Parse(text));

    [Fact]
    public void An_option_out_of_range_is_named() =>
        Should.Throw<ArgumentException>(() => new SyntheticWorkload(Some.Workload with { RetryShare = 0.6 })).Message.ShouldContain("share of retries must be from 0 to 0.5");
}
