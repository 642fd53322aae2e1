using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;
using Personalization.Churn;
using Personalization.Users;

namespace Personalization.Storage.Tests.Users;

/// <summary>What users' storage promises, in every dialect.</summary>
public abstract class UserStorageContract : IAsyncLifetime
{
    private const long Holder = 7;
    private CountingTable _table = null!;

    private protected UserRecordStorage Storage { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var options = await OptionsAsync();
        await DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        _table = new CountingTable(CreateTable(options));
        Storage = new UserRecordStorage(_table, options, Holder);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (Storage is not null)
        {
            await Storage.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_written_state_is_read_back_with_its_next_check()
    {
        var written = State([1, 2, 3], 42_000);
        await WriteAsync("u1", written);

        var read = await ReadAsync("u1");

        read.RecordExists.ShouldBeTrue();
        read.State!.Payload.ShouldBe([1, 2, 3]);
        read.State!.NextCheck.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(42_000));
        (await ReadAsync("unknown")).RecordExists.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_two_grains_of_a_user_the_one_that_read_later_can_write()
    {
        await WriteAsync("u1", State([1]));
        var first = await ReadAsync("u1");
        var second = await ReadAsync("u1");
        first.State = new UserRecord { Payload = [2] };
        second.State = new UserRecord { Payload = [3] };
        await WriteAsync("u1", second);

        await Should.ThrowAsync<InconsistentStateException>(() => WriteAsync("u1", first));
        (await ReadAsync("u1")).State!.Payload.ShouldBe([3]);
    }

    [Fact]
    public async Task A_grain_holds_its_user_until_it_writes_that_it_does_not()
    {
        await WriteAsync("u1", new GrainState<UserRecord>(new UserRecord { Payload = [1], Held = false }));
        var free = (await _table.ReadAsync(["u1"]))[0]!;
        free.Holder.ShouldBe(UserHolder.None);

        var state = await ReadAsync("u1");
        (await _table.ReadAsync(["u1"]))[0]!.Holder.ShouldBe(Holder);
        (await _table.WriteAsync([new UserWrite("u1", free.Version, null, [9], UserHolder.None)])).ShouldBe([null]);

        state.State!.Held = false;
        await WriteAsync("u1", state);
        var left = (await _table.ReadAsync(["u1"]))[0]!;
        (left.Holder, left.Version).ShouldBe((UserHolder.None, free.Version + 2));
        left.Payload.ShouldBe([1]);
    }

    [Fact]
    public async Task A_user_without_a_row_cannot_be_held()
    {
        (await _table.ClaimAsync(["nobody"], Holder)).ShouldBe([null]);
        (await _table.ReadAsync(["nobody"])).ShouldBe([null]);
    }

    [Fact]
    public async Task Tables_of_the_release_before_are_carried_over()
    {
        await WriteAsync("u1", State([1], 1_000));
        await ExecuteAsync("ALTER TABLE personalization_users DROP COLUMN holder");
        await ExecuteAsync("UPDATE personalization_schema SET version = 1");

        await DatabaseSetup.RunAsync(await OptionsAsync(), NullLogger.Instance, TestContext.Current.CancellationToken);

        (await _table.ReadAsync(["u1"]))[0]!.Payload.ShouldBe([1]);
        (await ReadAsync("u1")).State!.NextCheck.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1_000));
    }

    [Fact]
    public async Task A_new_state_cannot_overwrite_one_that_is_there_already()
    {
        await WriteAsync("u1", State([1]));

        await Should.ThrowAsync<InconsistentStateException>(() => WriteAsync("u1", State([2])));
        (await ReadAsync("u1")).State!.Payload.ShouldBe([1]);
    }

    [Fact]
    public async Task A_cleared_user_does_not_come_back_by_a_late_write()
    {
        await WriteAsync("u1", State([1]));
        var late = await ReadAsync("u1");
        await Storage.ClearStateAsync(UserRecord.StateName, Id("u1"), await ReadAsync("u1"));

        await Should.ThrowAsync<InconsistentStateException>(() => WriteAsync("u1", late));
        (await ReadAsync("u1")).RecordExists.ShouldBeFalse();
    }

    [Fact]
    public async Task Two_thousand_writers_share_statements_and_a_conflict_among_them_fails_only_itself()
    {
        await WriteAsync("user-7", State([9]));
        _table.Statements = 0;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(async i =>
        {
            try
            {
                await WriteAsync($"user-{i}", State([(byte)i]));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));

        outcomes.Count(written => !written).ShouldBe(1);
        outcomes[7].ShouldBeFalse();
        (await ReadAsync("user-7")).State!.Payload.ShouldBe([9]);
        (await ReadAsync("user-1999")).State!.Payload.ShouldBe([unchecked((byte)1999)]);
        _table.Statements.ShouldBeLessThan(200);
    }

    [Fact]
    public async Task Two_thousand_grains_that_come_at_once_share_statements_and_each_gets_its_own_row()
    {
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => WriteAsync($"user-{i}", State([(byte)(i % 251)]))));

        var read = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => ReadAsync($"user-{i}")));

        read.Select(state => state.State!.Payload[0]).ShouldBe(Enumerable.Range(0, 2_000).Select(i => (byte)(i % 251)));
        _table.Claims.ShouldBeInRange(1, 199);
    }

    [Fact]
    public async Task What_waits_to_be_written_is_stored_before_the_storage_has_ended()
    {
        var writes = Enumerable.Range(0, 500).Select(i => WriteAsync($"user-{i}", State([1]))).ToArray();

        await Storage.DisposeAsync();

        (await _table.ReadAsync([.. Enumerable.Range(0, 500).Select(i => $"user-{i}")])).ShouldAllBe(row => row != null);
        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Due_users_come_longest_overdue_first_and_only_those_of_the_bucket()
    {
        var bucket = ChurnBuckets.Of("user-0");
        var ids = Enumerable.Range(0, 200).Select(i => $"user-{i}").Where(id => ChurnBuckets.Of(id) == bucket).Take(4).ToArray();
        var other = Enumerable.Range(0, 200).Select(i => $"user-{i}").First(id => ChurnBuckets.Of(id) != bucket);
        await WriteAsync(ids[0], State([0], 3_000));
        await WriteAsync(ids[1], State([1], 1_000));
        await WriteAsync(ids[2], State([2], 9_000));
        await WriteAsync(ids[3], State([3]));
        await WriteAsync(other, State([4], 1_000));

        var due = await _table.ListDueAsync(bucket, DateTimeOffset.FromUnixTimeMilliseconds(5_000), null, 10, TestContext.Current.CancellationToken);

        due.Select(user => user.UserId).ShouldBe([ids[1], ids[0]]);
        due[0].Payload.ShouldBe([1]);
    }

    [Fact]
    public async Task Due_users_come_page_by_page_also_where_many_are_due_at_once_and_stay_so()
    {
        var bucket = ChurnBuckets.Of("user-0");
        var ids = Enumerable.Range(0, 400).Select(i => $"user-{i}").Where(id => ChurnBuckets.Of(id) == bucket).Take(9).ToArray();
        for (var i = 0; i < ids.Length; i++)
        {
            await WriteAsync(ids[i], State([(byte)i], i < 6 ? 1_000 : 2_000));
        }

        var seen = new List<string>();
        DueUser? last = null;
        IReadOnlyList<DueUser> page;
        do
        {
            page = await _table.ListDueAsync(bucket, DateTimeOffset.FromUnixTimeMilliseconds(5_000), last, 4, TestContext.Current.CancellationToken);
            seen.AddRange(page.Select(user => user.UserId));
            last = page[^1];
        }
        while (page.Count == 4);

        seen.Count.ShouldBe(9);
        seen.ShouldBe(ids, ignoreOrder: true);
        seen.Skip(6).ShouldBe(ids.Skip(6), ignoreOrder: true);
    }

    [Fact]
    public async Task A_check_moves_without_disturbing_the_state_unless_the_state_moved_on()
    {
        await WriteAsync("u1", State([1], 1_000));
        var later = await ReadAsync("u1");
        later.State = new UserRecord { Payload = [2], NextCheck = DateTimeOffset.FromUnixTimeMilliseconds(2_000) };
        var next = DateTimeOffset.FromUnixTimeMilliseconds(7_000);

        var version = long.Parse(later.ETag!, CultureInfo.InvariantCulture);
        await _table.RescheduleAsync([("u1", version, next)], TestContext.Current.CancellationToken);
        (await NextCheckAsync()).ShouldBe(next);
        await WriteAsync("u1", later);
        await _table.RescheduleAsync([("u1", version, next)], TestContext.Current.CancellationToken);
        (await NextCheckAsync()).ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(2_000));
        await _table.RescheduleAsync([("u1", version + 1, null)], TestContext.Current.CancellationToken);
        (await NextCheckAsync()).ShouldBeNull();

        async Task<DateTimeOffset?> NextCheckAsync() =>
            (await _table.ReadAsync(["u1"]))[0]!.NextCheck is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }

    [Fact]
    public async Task Setting_up_again_and_at_the_same_time_keeps_what_is_there()
    {
        await WriteAsync("u1", State([1]));
        var options = await OptionsAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken)));

        (await ReadAsync("u1")).State!.Payload.ShouldBe([1]);
    }

    protected abstract Task<StorageOptions> OptionsAsync();

    protected abstract Task ExecuteAsync(string sql);

    private protected abstract IUserTable CreateTable(StorageOptions options);

    protected static GrainState<UserRecord> State(byte[] payload, long? nextCheck = null) => new(
        new UserRecord { Payload = payload, NextCheck = nextCheck is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null });

    protected static GrainId Id(string userId) => GrainId.Create("user", userId);

    protected Task WriteAsync(string userId, GrainState<UserRecord> state) => Storage.WriteStateAsync(UserRecord.StateName, Id(userId), state);

    protected async Task<GrainState<UserRecord>> ReadAsync(string userId)
    {
        var state = new GrainState<UserRecord>(new UserRecord());
        await Storage.ReadStateAsync(UserRecord.StateName, Id(userId), state);
        return state;
    }
}
