using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

public sealed class PartitionSessionTests : IAsyncLifetime
{
    private readonly FakeGrains _grains = new();
    private readonly FakeLocalUsers _local = new();
    private readonly FakeTimeProvider _time = new(TestEvents.Time);
    private ServiceProvider _services = null!;
    private PartitionSession _session = null!;

    public ValueTask InitializeAsync()
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build())
            .AddSingleton<IUserGrains>(_grains)
            .AddSingleton<ILocalUsers>(_local)
            .AddSingleton<TimeProvider>(_time)
            .AddPersonalizationIngestion()
            .BuildServiceProvider();
        _session = new PartitionSession("epoch", 3, _services.GetRequiredService<PartitionServices>());
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private InFlightBudget Budget => _services.GetRequiredService<InFlightBudget>();

    private void Add(string userId, int offset) =>
        _session.Add(new PendingEvent(new PositionedEvent(offset, TestEvents.Of(userId, offset)), 10, _time.GetTimestamp(), TimeSpan.FromSeconds(3), default));

    [Fact]
    public async Task Flush_WhileACallIsUnderWay_SendsTheRestInOneLaterCallInOrder()
    {
        var gate = new TaskCompletionSource();
        var batches = new List<long[]>();
        _grains.BeforeAppend = (_, batch) =>
        {
            batches.Add([.. batch.Events.Select(e => e.Offset)]);
            return batches.Count == 1 ? gate.Task : Task.CompletedTask;
        };
        Add("u", 0);
        _session.Flush();
        Add("u", 1);
        _session.Flush();
        Add("u", 2);
        _session.Flush();
        batches.Count.ShouldBe(1);

        gate.SetResult();
        await Wait.UntilAsync(() => _session.Offsets.NextToCommit == 3, TimeSpan.FromSeconds(60), "all done");
        batches.ShouldBe([[0], [1, 2]]);
        _grains.User("u").Disorders.ShouldBe(0);
        await Wait.UntilAsync(() => _session.Lanes == 0 && Budget is { Events: 0, Bytes: 0 }, TimeSpan.FromSeconds(60), "nothing is kept of a user that is done");
    }

    [Fact]
    public async Task Append_Fails_TheSameBatchIsSentAgainWithGrowingDelaysAndHoldsBackTheNext()
    {
        var calls = new List<(DateTimeOffset At, long[] Offsets)>();
        _grains.BeforeAppend = (_, batch) =>
        {
            calls.Add((_time.GetUtcNow(), [.. batch.Events.Select(e => e.Offset)]));
            return calls.Count <= 3 ? throw new TimeoutException("store") : Task.CompletedTask;
        };
        Add("u", 0);
        _session.Flush();
        Add("u", 1);
        _session.Flush();
        for (var step = 0; step < 8; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await Wait.UntilAsync(() => _session.Offsets.NextToCommit == 2, TimeSpan.FromSeconds(60), "both done");
        calls.Select(call => call.Offsets).ShouldBe([[0], [0], [0], [0], [1]]);
        calls.Take(4).Select(call => (call.At - calls[0].At).TotalMilliseconds).ShouldBe([0, 100, 300, 700]);
    }

    [Fact]
    public async Task Append_OneUserFails_OthersGoOnButTheCommitWaits()
    {
        _grains.BeforeAppend = (userId, _) => userId == "bad" ? throw new TimeoutException("store") : Task.CompletedTask;
        Add("good", 0);
        Add("bad", 1);
        Add("good", 2);
        _session.Flush();
        await Wait.UntilAsync(() => _grains.User("good").Applied.Count == 2, TimeSpan.FromSeconds(60), "the good user is served");
        _session.Offsets.NextToCommit.ShouldBe(1);
        Budget.Events.ShouldBe(1);
    }

    [Fact]
    public async Task End_WhileACallFails_StopsRepeatingAndFreesTheBudgetWithoutCommitting()
    {
        _grains.BeforeAppend = (_, _) => throw new TimeoutException("store");
        Add("u", 0);
        _session.Flush();
        Add("u", 1);
        _session.Flush();
        _session.End();
        await Wait.UntilAsync(() => Budget is { Events: 0, Bytes: 0 } && _session.Lanes == 0, TimeSpan.FromSeconds(60), "everything is let go");
        _session.Offsets.NextToCommit.ShouldBe(-1);
        _grains.Applied.ShouldBe(0);
    }

    [Fact]
    public void Local_TheNextBatchIsSentWhenTheOneBeforeIsAppliedAndCommittedWhenItIsDurable()
    {
        _local.Enter("u");
        Add("u", 0);
        _session.Flush();
        Add("u", 1);
        Add("u", 2);
        _session.Flush();
        var first = _local.Sent.ShouldHaveSingleItem();
        first.Waited.ShouldBe(TimeSpan.FromSeconds(3));

        first.Receipt!.Applied();

        _local.Sent.Count.ShouldBe(2);
        _local.Sent[1].Events.Select(e => e.Offset).ShouldBe([1, 2]);
        _session.Offsets.NextToCommit.ShouldBe(-1);
        Budget.Events.ShouldBe(3);
        Budget.Bytes.ShouldBe(20);

        _local.Sent[1].Receipt!.Applied();
        _local.Sent[1].Receipt!.Durable();
        _session.Offsets.NextToCommit.ShouldBe(-1);
        first.Receipt.Durable();

        _session.Offsets.NextToCommit.ShouldBe(3);
        Budget.ShouldSatisfyAllConditions(b => b.Events.ShouldBe(0), b => b.Bytes.ShouldBe(0));
        _session.Lanes.ShouldBe(0);
        _grains.Applied.ShouldBe(0);
    }

    [Fact]
    public void Local_WhatWasAppliedIsLost_NothingMoreOfTheSessionMayBeApplied()
    {
        _local.Enter("u");
        _local.Enter("v");
        Add("u", 0);
        Add("v", 1);
        _session.Flush();
        _local.Sent[0].Receipt!.Applied();
        Add("u", 2);
        _session.Flush();

        _local.Sent[0].Receipt!.Failed(new TimeoutException("store"));

        _session.BrokenAt.ShouldNotBe(0);
        _local.Sent.Count.ShouldBe(3);
        _local.Sent[1].Receipt!.IsVoid.ShouldBeTrue();
        _local.Sent[2].Receipt!.IsVoid.ShouldBeTrue();
        _local.Sent[1].Receipt!.Failed(new InvalidOperationException("void"));
        _local.Sent[2].Receipt!.Failed(new InvalidOperationException("void"));
        Budget.ShouldSatisfyAllConditions(b => b.Events.ShouldBe(0), b => b.Bytes.ShouldBe(0));
        _session.Offsets.NextToCommit.ShouldBe(-1);
    }

    [Fact]
    public async Task Local_TheGrainLeavesBeforeItApplies_TheBatchIsSentAgainAndFindsItElsewhere()
    {
        _local.Enter("u");
        Add("u", 0);
        _session.Flush();
        _local.Leave("u");

        _local.Sent.ShouldHaveSingleItem().Receipt!.Failed(new InvalidOperationException("leaves"));
        _time.Advance(TimeSpan.FromMilliseconds(100));

        await Wait.UntilAsync(() => _session.Offsets.NextToCommit == 1, TimeSpan.FromSeconds(60), "done elsewhere");
        _grains.User("u").Applied.Count.ShouldBe(1);
        _session.BrokenAt.ShouldBe(0);
    }
}
