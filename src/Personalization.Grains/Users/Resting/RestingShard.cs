using System.Threading.Channels;
using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// A part of the resting users. One message at a time, so that nothing here needs a lock; rows are read and written meanwhile, one statement of each kind at
/// a time, and whatever gathers while it runs is the next one. What waits in the mailbox is bounded by what the stream may have in flight.
/// </summary>
internal sealed class RestingShard
{
    private const int MessagesPerTurn = 256;
    private const int LooksPerTurn = 2 * MessagesPerTurn;
    private static readonly TimeSpan ElsewhereLasts = TimeSpan.FromSeconds(10);
    private static readonly object Tick = new();
    private readonly Channel<object> _mailbox = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, RestingUser> _users = new(StringComparer.Ordinal);
    private readonly Queue<RestingUser> _inMemory = new();
    private readonly RestingServices _services;
    private readonly RestingApplier _applier;
    private readonly RestingReader _reader;
    private readonly RestingWriter _writer;
    private readonly ITimer _timer;
    private readonly Task _running;
    private readonly int _capacity;
    private bool _isStopping;

    public RestingShard(RestingServices services, int capacity)
    {
        (_services, _capacity) = (services, Math.Max(1, capacity));
        _applier = new RestingApplier(services);
        _reader = new RestingReader(services, Loaded, Post);
        _writer = new RestingWriter(services, _applier, Written, Post);
        _timer = services.Time.CreateTimer(static shard => ((RestingShard)shard!).Post(Tick), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Takes a batch.</summary>
    /// <param name="batch">The batch, with a receipt.</param>
    public void Append(EventBatch batch) => Post(batch);

    /// <summary>Ends all writing for a user.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>Completes when no write is under way.</returns>
    public Task WakeAsync(string userId)
    {
        var waker = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite((Action)(() => Wake(userId, waker))) ? waker.Task : Task.CompletedTask;
    }

    /// <summary>Hands what waits to a grain that has read its row, and lists it.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="grain">The grain.</param>
    public void Woken(string userId, UserGrain grain) => Post((Action)(() =>
    {
        // Listed after what waits is in its queue: nothing newer may be applied before it.
        if (_users.Remove(userId, out var user))
        {
            _services.Instruments.UserRests(-1);
            while (!user.IsEmpty)
            {
                ActiveUsers.Append(grain, user.Take());
            }
        }

        _services.Active.Enter(userId, grain);
        if (grain.Leaves)
        {
            // It went before it was listed, so it did not take itself off the list.
            _services.Active.Leave(userId, grain);
        }
    }));

    /// <summary>Goes on for a user whose grain did not come.</summary>
    /// <param name="userId">The user.</param>
    public void NotWoken(string userId) => Post((Action)(() =>
    {
        if (!_users.TryGetValue(userId, out var user))
        {
            return;
        }

        user.Waker = null;
        if (user.Stage == RestingStage.Waking)
        {
            Load(user);
        }
    }));

    /// <summary>Stores at once what waits to be stored.</summary>
    public void Hasten() => Post((Action)_writer.Hasten);

    /// <summary>Stores what waits and ends.</summary>
    /// <param name="cancellationToken">Gives up what is not stored.</param>
    /// <returns>Completes when it has ended.</returns>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Post((Action)(() => _isStopping = true));
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _mailbox.Writer.TryComplete();
        await _timer.DisposeAsync();
    }

    private void Post(object message) => _mailbox.Writer.TryWrite(message);

    private async Task RunAsync()
    {
        while (await _mailbox.Reader.WaitToReadAsync())
        {
            for (var left = MessagesPerTurn; left > 0 && _mailbox.Reader.TryRead(out var message); left--)
            {
                Handle(message);
            }

            MakeRoom();
            if (Math.Min(_reader.Advance(), _writer.Advance()) is var next and not long.MaxValue)
            {
                _writer.Arm(_timer, next);
            }

            if (_isStopping && IsDone())
            {
                return;
            }
        }
    }

    private void Handle(object message)
    {
        try
        {
            switch (message)
            {
                case EventBatch batch:
                    Take(batch);
                    break;
                case Action action:
                    action();
                    break;
            }
        }
        catch (Exception exception)
        {
            RestingLog.Failed(_services.Logger, exception);
            (message as EventBatch)?.Receipt!.Failed(exception);
        }
    }

    private void Take(EventBatch batch)
    {
        var userId = batch.Events[0].Event.UserId;
        if (_services.Active.TryAppend(userId, batch))
        {
            return;
        }

        if (!_users.TryGetValue(userId, out var user))
        {
            user = Add(userId);
            Load(user);
        }

        user.IsRecent = true;
        switch (user.Stage)
        {
            case RestingStage.Resting:
                Apply(user, batch);
                break;
            case RestingStage.Elsewhere when user.IsEmpty && _services.Time.GetElapsedTime(user.ElsewhereSince) > ElsewhereLasts:
                user.Add(batch);
                Load(user);
                break;
            case RestingStage.Elsewhere:
                user.Add(batch);
                Forward(user);
                break;
            default:
                user.Add(batch);
                break;
        }
    }

    private RestingUser Add(string userId)
    {
        var user = new RestingUser(userId);
        _users.Add(userId, user);
        _inMemory.Enqueue(user);
        _services.Instruments.UserRests(1);
        return user;
    }

    private void Load(RestingUser user)
    {
        user.Stage = RestingStage.Loading;
        _reader.Add(user);
    }

    private void Loaded(RestingUser user, UserRow? row)
    {
        if (user.Stage != RestingStage.Loading)
        {
            return;
        }

        if (row is not null && !_services.Holders.IsFree(row.Holder))
        {
            user.Stage = RestingStage.Elsewhere;
            user.ElsewhereSince = _services.Time.GetTimestamp();
            Forward(user);
            return;
        }

        if (row is not null && _applier.Check(row.Payload) is { } fault)
        {
            // A row that nobody here can read, written by a newer release or damaged, fails its own batches and nobody else's.
            Forget(user, fault);
            return;
        }

        user.Stage = RestingStage.Resting;
        user.Stored(row?.Version ?? 0, row?.Payload ?? [], row?.NextCheck);
        foreach (var batch in user.TakeAll())
        {
            Apply(user, batch);
        }
    }

    private void Forget(RestingUser user, Exception fault)
    {
        RestingLog.Failed(_services.Logger, fault);
        _users.Remove(user.UserId);
        _services.Instruments.UserRests(-1);
        user.FailAll(fault);
    }

    private void Apply(RestingUser user, EventBatch batch)
    {
        var receipt = batch.Receipt!;
        if (receipt.IsVoid)
        {
            receipt.Failed(new UserLeavesException());
            return;
        }

        _services.Instruments.AppendedAtRest();
        user.Add(WithoutProperties(batch));
        _writer.Add(user, _services.Options.SnapshotDelayOf(batch));
        receipt.Applied();
    }

    // From here on only their number bounds what waits: while the store is away, what no state keeps would be most of it.
    private static EventBatch WithoutProperties(EventBatch batch) => Array.Exists(batch.Events, static item => item.Event.Properties is not null)
        ? batch with { Events = Array.ConvertAll(batch.Events, static item => item with { Event = item.Event with { Properties = null } }) }
        : batch;

    private void Written(RestingUser user, long? version)
    {
        if (user.Waker is { } waker)
        {
            user.Waker = null;
            user.Stage = RestingStage.Waking;
            waker.SetResult();
        }
        else if (version is null)
        {
            Load(user);
        }
    }

    private void Wake(string userId, TaskCompletionSource waker)
    {
        var user = _users.GetValueOrDefault(userId) ?? Add(userId);
        if (user.IsBeingWritten)
        {
            user.Waker = waker;
            return;
        }

        user.Stage = RestingStage.Waking;
        waker.SetResult();
    }

    private void Forward(RestingUser user)
    {
        if (!user.IsBeingSent && !user.IsEmpty)
        {
            user.IsBeingSent = true;
            _services.Instruments.AppendedElsewhere();
            _ = SendAsync(user, user.First);
        }
    }

    private async Task SendAsync(RestingUser user, EventBatch batch)
    {
        try
        {
            if (batch.Receipt!.IsVoid)
            {
                throw new UserLeavesException();
            }

            // Without its receipt the call returns when all is stored, wherever the grain is.
            var result = await _services.Users.Of(user.UserId).Append(batch with { Receipt = null });
            Post((Action)(() => Sent(user, batch, result, null)));
        }
        catch (Exception exception)
        {
            Post((Action)(() => Sent(user, batch, default, exception)));
        }
    }

    private void Sent(RestingUser user, EventBatch batch, AppendResult result, Exception? failure)
    {
        user.IsBeingSent = false;

        // Where a grain came here meanwhile, or failed to, whoever took the batch then tells what becomes of it.
        if (!user.IsEmpty && user.First == batch)
        {
            user.Take();
            Tell(user, batch.Receipt!, result, failure);
        }

        if (user.Stage == RestingStage.Elsewhere)
        {
            Forward(user);
        }
    }

    private static void Tell(RestingUser user, AppendReceipt receipt, AppendResult result, Exception? failure)
    {
        if (failure is null)
        {
            receipt.Result = result;
            receipt.Applied();
            receipt.Durable();
        }
        else
        {
            user.ElsewhereSince = 0;
            receipt.Failed(failure);
        }
    }

    // Second chance: whoever was used since the last look stays. Users who got a grain are still in the queue until they are looked at.
    private void MakeRoom()
    {
        var isFull = _users.Count > _capacity;
        for (var left = isFull || _inMemory.Count > 2 * (_users.Count + LooksPerTurn) ? LooksPerTurn : 0; left > 0 && _inMemory.TryDequeue(out var user); left--)
        {
            if (_users.GetValueOrDefault(user.UserId) != user)
            {
                continue;
            }

            if (isFull && user.CanGo && _users.Count > _capacity)
            {
                _users.Remove(user.UserId);
                _services.Instruments.UserRests(-1);
            }
            else
            {
                user.IsRecent = false;
                _inMemory.Enqueue(user);
            }
        }
    }

    private bool IsDone()
    {
        _writer.Hasten();
        _writer.Advance();
        return _users.Values.All(static user => user.IsEmpty || user.Stage == RestingStage.Waking);
    }
}
