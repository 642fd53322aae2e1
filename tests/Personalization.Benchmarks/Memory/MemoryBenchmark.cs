using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Benchmarks.Inference;
using Personalization.Events;
using Personalization.Inference.Packages;
using Personalization.Storage;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Benchmarks.Memory;

/// <summary>Fills a silo with users of the shipped catalogue's items and weighs the heap after full collections.</summary>
internal sealed class MemoryBenchmark(int users, int events, double maxResident)
{
    private const double PerUser = 120, PerEvent = 16;
    private const int Seed = 20111209;

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var packages = Path.Combine(Repository.Root, "models", "packages");
        using var directory = new TemporaryDirectory();
        var storage = new StorageOptions { ConnectionString = $"Data Source={Path.Combine(directory.Path, "users.db")}" };
        await DatabaseSetup.RunAsync(storage, NullLogger.Instance, cancellationToken);
        using var host = await ServingSilo.StartAsync(packages, _ => { }, silo => silo.AddPersonalizationStorage(storage), o => o.MaxUsersAtRest = users * 2);
        var vocabulary = ModelPackageLoader.Load(Path.Combine(packages, "online-retail", "1")).Vocabulary;
        var (stream, grains, table) = (host.Services.GetRequiredService<ILocalUsers>(), host.Services.GetRequiredService<IGrainFactory>(), host.Services.GetRequiredService<IUserTable>());
        var random = new Random(Seed);
        var now = TimeProvider.System.GetUtcNow();

        var empty = Heap();
        var stored = new CountdownEvent(users);
        for (var user = 0; user < users; user++)
        {
            var batch = Batch(user, random, vocabulary, now) with { Receipt = new Receipt(stored) };
            stream.TryAppend(Id(user), batch);
        }

        stored.Wait(cancellationToken);
        var resting = (Heap() - empty) / users;
        var ids = Enumerable.Range(0, users).Select(Id).ToArray();
        var rows = new List<UserRow?>();
        foreach (var chunk in ids.Chunk(table.MaxBatch))
        {
            rows.AddRange(await table.ReadAsync(chunk));
        }

        var payload = rows.Average(row => row!.Payload.Length);
        rows.Clear();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken }, async (id, _) =>
            await grains.GetGrain<IUserGrain>(id).GetHistory(new HistoryQuery { Limit = 1 }));
        var active = (Heap() - empty) / users;

        Console.WriteLine($"{users:N0} users of {events} events");
        Console.WriteLine($"with a grain {active,8:N0} bytes a user, at most {maxResident:N0}: {(active <= maxResident ? "met" : "MISSED")}");
        Console.WriteLine($"at rest      {resting,8:N0} bytes a user");
        Console.WriteLine($"payload      {payload,8:N0} bytes a user, at most {(PerEvent * events) + PerUser:N0}: {(payload <= (PerEvent * events) + PerUser ? "met" : "MISSED")}");
        await host.StopAsync(cancellationToken);
        return active <= maxResident && payload <= (PerEvent * events) + PerUser ? 0 : 1;
    }

    private static string Id(int user) => $"user-{user}";

    private static double Heap()
    {
        double least = double.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true));
        }

        return least;
    }

    // A shopper comes back to a quarter of what was looked at before; event ids are the gateway's.
    private EventBatch Batch(int user, Random random, Vocabulary vocabulary, DateTimeOffset now)
    {
        var items = new List<string>();
        var positioned = new PositionedEvent[events];
        var time = now.AddDays(-30);
        for (var i = 0; i < events; i++)
        {
            var item = items.Count > 0 && random.Next(4) == 0 ? items[random.Next(items.Count)] : vocabulary[random.Next(1, vocabulary.Width)];
            items.Add(item);
            time = time.AddMilliseconds(random.Next(1, 600_000));
            positioned[i] = new PositionedEvent(((long)i * users) + user, new BehaviorEvent
            {
                EventId = Guid.NewGuid().ToString("N"),
                UserId = Id(user),
                ItemId = item,
                Type = EventType.View,
                Timestamp = time,
            });
        }

        return new EventBatch("q1yv0aXvQ1uT7Yv0aXvQ1u", user % 8, positioned);
    }

    private sealed class Receipt(CountdownEvent stored) : AppendReceipt
    {
        public override bool IsVoid => false;

        public override void Applied()
        {
        }

        public override void Durable() => stored.Signal();

        public override void Failed(Exception exception) => throw new InvalidOperationException("A user could not be stored.", exception);
    }
}
