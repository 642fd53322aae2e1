using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Personalization.Client;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Replay;
using Personalization.Users;

namespace Personalization.Benchmarks.Stream;

/// <summary>Produces clicks of its own into the stream and follows each to the user's shelf and to the user's row.</summary>
internal sealed class ClickProbe(PromptProducer producer, IPersonalizationClient client, NpgsqlDataSource rows, Func<int, string> userId, int users)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private readonly ConcurrentQueue<double> _visible = new();
    private readonly ConcurrentQueue<double> _durable = new();
    private int _failed;

    /// <summary>Milliseconds from producing to a shelf that knows the click.</summary>
    public IReadOnlyCollection<double> Visible => _visible;

    /// <summary>Milliseconds from producing to the click's row.</summary>
    public IReadOnlyCollection<double> Durable => _durable;

    /// <summary>Clicks that got no shelf, a stale one or no row in time.</summary>
    public int Failed => _failed;

    /// <summary>Forgets what was measured: everything before was to warm up.</summary>
    public void Forget()
    {
        _visible.Clear();
        _durable.Clear();
        _failed = 0;
    }

    /// <summary>Probes until cancelled.</summary>
    /// <param name="perSecond">Clicks a second.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Completes when the last click has been followed.</returns>
    public async Task RunAsync(double perSecond, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond));
        var random = new Random(1);
        var open = new List<Task>();
        try
        {
            for (var number = 0; await timer.WaitForNextTickAsync(cancellationToken); number++)
            {
                open.Add(FollowAsync(userId(random.Next(users)), number));
                open.RemoveAll(task => task.IsCompleted);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task FollowAsync(string user, int number)
    {
        var now = TimeProvider.System.GetUtcNow();
        var started = Stopwatch.GetTimestamp();
        try
        {
            var position = await producer.SendAsync(
                new BehaviorEvent { EventId = $"probe-{number}", UserId = user, ItemId = $"probe-{number % 100}", Type = EventType.View, Timestamp = now }, CancellationToken.None);
            await Task.WhenAll(SeeAsync(user, position, started), StoreAsync(user, position, started));
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine($"A click was lost sight of: {exception.Message}");
            Interlocked.Increment(ref _failed);
        }
    }

    private async Task SeeAsync(string user, StreamPosition position, long started)
    {
        var shelf = await client.RecommendAsync(user, new RecommendationRequest { Count = 10, MinVersion = position.ToString(), Timeout = Patience });
        _visible.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        if (shelf.Stale)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    private async Task StoreAsync(string user, StreamPosition position, long started)
    {
        await using var command = rows.CreateCommand("SELECT payload FROM personalization_users WHERE user_id = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = user });
        while (await command.ExecuteScalarAsync() is not byte[] payload || !UserStateCodec.Decode(payload).Covers(position))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException("a click was not stored in time");
            }

            await Task.Delay(BetweenLooks);
        }

        _durable.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }
}
