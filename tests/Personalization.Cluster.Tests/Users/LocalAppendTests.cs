using Microsoft.Extensions.DependencyInjection;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>What a stream on the user's own silo relies on.</summary>
[Collection(ClusterCollection.Name)]
public sealed class LocalAppendTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task Batches_are_seen_at_once_and_share_a_write_later()
    {
        var (user, here) = await ActiveUserAsync();
        var (first, second) = (new RecordingReceipt(), new RecordingReceipt());
        Send(here, user, first, Long, "i2").ShouldBeTrue();
        Send(here, user, second, Long, "i3").ShouldBeTrue();
        await Wait.UntilAsync(() => second.Heard.Length > 0, "second.Heard.Length > 0");

        (await HistoryAsync(user)).ShouldBe("i3 i2 i1");
        cluster.Rows.WritesOf(user).ShouldBe(1);
        first.Heard.ShouldBe("applied");

        here.Hasten();

        await Wait.UntilAsync(() => second.Heard == "applied durable:1", "second.Heard == 'applied durable:1'");
        await Wait.UntilAsync(() => first.Heard == "applied durable:1", "first.Heard == 'applied durable:1'");
        cluster.Rows.WritesOf(user).ShouldBe(2);
        cluster.Rows.StateOf(user).Sequence.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Fresh_events_are_stored_at_once_and_others_wait_as_long_as_they_waited_before()
    {
        var (user, here) = await ActiveUserAsync();
        var fresh = new RecordingReceipt();
        Send(here, user, fresh, TimeSpan.Zero, "i2");
        await Wait.UntilAsync(() => fresh.Heard == "applied durable:1", "fresh.Heard == 'applied durable:1'");

        var waits = new RecordingReceipt();
        Send(here, user, waits, TimeSpan.FromMilliseconds(200), "i3");

        await Wait.UntilAsync(() => waits.Heard == "applied durable:1", "waits.Heard == 'applied durable:1'");
        cluster.Rows.StateOf(user).Sequence.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_repeated_batch_is_durable_only_when_the_first_one_is()
    {
        var (user, here) = await ActiveUserAsync();
        var batch = cluster.Batch(user, "i2");
        var (first, again) = (new RecordingReceipt(), new RecordingReceipt());
        cluster.Rows.Hold(user);
        here.TryAppend(user, batch with { Receipt = first });
        here.TryAppend(user, batch with { Receipt = again });
        await Wait.UntilAsync(() => again.Heard == "applied", "again.Heard == 'applied'");
        first.Heard.ShouldBe("applied");

        cluster.Rows.Open(user);

        await Wait.UntilAsync(() => again.Heard == "applied durable:0", "again.Heard == 'applied durable:0'");
        await Wait.UntilAsync(() => first.Heard == "applied durable:1", "first.Heard == 'applied durable:1'");
        cluster.Rows.WritesOf(user).ShouldBe(2);
    }

    [Fact]
    public async Task A_failed_write_tells_everything_that_is_lost_and_the_next_activation_starts_before_it()
    {
        var (user, here) = await ActiveUserAsync();
        var (first, second) = (cluster.Batch(user, "i2"), cluster.Batch(user, "i3"));
        var (one, two) = (new RecordingReceipt(), new RecordingReceipt());
        cluster.Rows.FailNext(user);
        here.TryAppend(user, first with { Receipt = one, Waited = Long });
        here.TryAppend(user, second with { Receipt = two, Waited = Long });
        await Wait.UntilAsync(() => two.Heard == "applied", "two.Heard == 'applied'");
        await HistoryAsync(user);
        here.Hasten();
        await Wait.UntilAsync(() => two.Heard == "applied failed", "two.Heard == 'applied failed'");
        await Wait.UntilAsync(() => one.Heard == "applied failed", "one.Heard == 'applied failed'");

        await Wait.UntilAsync(() => !here.TryAppend(user, second with { Receipt = Void() }), "!here.TryAppend(user, second with { Receipt = Void() })");
        (await HistoryAsync(user)).ShouldBe("i1");
        await cluster.User(user).Append(first);
        await cluster.User(user).Append(second);
        (await HistoryAsync(user)).ShouldBe("i3 i2 i1");
    }

    [Fact]
    public async Task An_event_that_was_lost_before_it_was_stored_is_counted_once_as_rising()
    {
        var (user, here) = await ActiveUserAsync();
        var lost = cluster.Batch(user, "lost");
        var receipt = new RecordingReceipt();
        cluster.Rows.FailNext(user);
        here.TryAppend(user, lost with { Receipt = receipt });
        await Wait.UntilAsync(() => receipt.Heard == "applied failed", "receipt.Heard == 'applied failed'");
        await Wait.UntilAsync(() => !here.TryAppend(user, lost with { Receipt = Void() }), "the grain is gone");

        await cluster.User(user).Append(lost);
        await cluster.User(user).Append(lost);
        await cluster.User(user).Append(cluster.Batch(user, "kept"));

        var rises = await cluster.RisesAsync("lost", "kept");
        rises[0].ShouldBe(rises[1], 1e-6);
    }

    [Fact]
    public async Task A_batch_that_its_sender_gave_up_is_not_applied()
    {
        var (user, here) = await ActiveUserAsync();
        var receipt = Void();
        here.TryAppend(user, cluster.Batch(user, "i2") with { Receipt = receipt }).ShouldBeTrue();

        await Wait.UntilAsync(() => receipt.Heard == "failed", "receipt.Heard == 'failed'");
        (await HistoryAsync(user)).ShouldBe("i1");
    }

    [Fact]
    public async Task A_grain_that_ends_stores_what_waits_first()
    {
        var (user, here) = await ActiveUserAsync();
        var receipt = new RecordingReceipt();
        Send(here, user, receipt, Long, "i2");
        await Wait.UntilAsync(() => receipt.Heard == "applied", "receipt.Heard == 'applied'");

        await cluster.Cluster.DeactivateAsync(cluster.User(user));

        receipt.Heard.ShouldBe("applied durable:1");
        cluster.Rows.StateOf(user).Sequence.Count.ShouldBe(2);
        Send(here, user, Void(), Long, "i3").ShouldBeFalse();
    }

    [Fact]
    public async Task A_user_of_another_silo_is_not_taken_and_its_call_returns_when_stored()
    {
        var (user, here) = await ActiveUserAsync();
        var elsewhere = Locals().Single(locals => locals != here);
        Send(elsewhere, user, new RecordingReceipt(), Long, "i2").ShouldBeFalse();
        cluster.Rows.WritesOf(user).ShouldBe(1);
    }

    private static RecordingReceipt Void()
    {
        var receipt = new RecordingReceipt();
        receipt.GiveUp();
        return receipt;
    }

    private IEnumerable<ILocalUsers> Locals() =>
        cluster.Cluster.Silos.Select(silo => cluster.Cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<ILocalUsers>());

    private bool Send(ILocalUsers here, string user, RecordingReceipt receipt, TimeSpan waited, string item) =>
        here.TryAppend(user, cluster.Batch(user, item) with { Receipt = receipt, Waited = waited });

    private async Task<(string User, ILocalUsers Here)> ActiveUserAsync()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1"));
        cluster.Cluster.TryGetGrainContext(cluster.User(user).GetGrainId(), out var context).ShouldBeTrue();
        return (user, cluster.Cluster.GetSiloServiceProvider(context!.Address.SiloAddress).GetRequiredService<ILocalUsers>());
    }

    private async Task<string> HistoryAsync(string user) =>
        string.Join(' ', (await cluster.User(user).GetHistory(new HistoryQuery())).Events.Select(e => e.ItemId));
}
