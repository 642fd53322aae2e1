using Personalization.Cluster.Tests.Fixture;
using Personalization.Recommendations;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class DeadlineTests(ClusterFixture cluster)
{
    private static long s_callers;

    private readonly long _caller = Interlocked.Increment(ref s_callers);

    [Theory]
    [InlineData(0)]
    [InlineData(-3_600_000)]
    [InlineData(3_600_000)]
    public async Task What_a_question_waited_on_the_way_is_spent_however_far_the_caller_s_clock_is_off(int clockMilliseconds)
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1"));
        var clock = TimeSpan.FromMilliseconds(clockMilliseconds);

        var inTime = await RecommendAsync(user, clock, waited: TimeSpan.Zero);
        var tooLate = await RecommendAsync(user, clock, waited: TimeSpan.FromSeconds(6));

        inTime.Source.ShouldBe(RecommendationSource.Model);
        tooLate.FallbackReason.ShouldBe(FallbackReason.Deadline);
        tooLate.Items.Length.ShouldBe(20);
    }

    [Fact]
    public async Task A_late_question_gets_the_last_shelf_while_nothing_changed_and_never_one_from_before_a_click()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));
        var good = await RecommendAsync(user, TimeSpan.Zero, TimeSpan.Zero);

        var last = await RecommendAsync(user, TimeSpan.Zero, TimeSpan.FromSeconds(6), count: 5);
        await cluster.User(user).Append(cluster.Batch(user, good.Items[0].ItemId));
        var after = await RecommendAsync(user, TimeSpan.Zero, TimeSpan.FromSeconds(6));

        last.Source.ShouldBe(RecommendationSource.LastGood);
        last.FallbackReason.ShouldBe(FallbackReason.Deadline);
        last.Items.Select(i => i.ItemId).ShouldBe(good.Items.Take(5).Select(i => i.ItemId));
        last.RecommendationId.ShouldNotBe(good.RecommendationId);
        after.FallbackReason.ShouldBe(FallbackReason.Deadline);
        after.Version.ShouldNotBe(good.Version);
        after.Items.Select(i => i.ItemId).ShouldNotContain(good.Items[0].ItemId);
    }

    private Task<RecommendationResponse> RecommendAsync(string user, TimeSpan clock, TimeSpan waited, int count = 20) => cluster.User(user).Recommend(
        new RecommendationRequest
        {
            Count = count,
            Timeout = TimeSpan.FromSeconds(5),
            Sent = new SendStamp(_caller, SendStamp.Microseconds(TimeProvider.System) + (long)(clock - waited).TotalMicroseconds),
        },
        TestContext.Current.CancellationToken);
}
