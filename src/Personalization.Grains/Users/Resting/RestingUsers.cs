using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Items;
using Personalization.Telemetry;

namespace Personalization.Users;

/// <summary>
/// Appends to users who have no grain on this silo, many rows a statement, without activating one: a click of somebody whom nobody asks about costs a row,
/// not an actor. A grain that is activated holds its row from then on (<see cref="IUserTable.ClaimAsync"/>), which stops what is under way here, and gets
/// what is not stored yet. Without an <see cref="IUserTable"/> nobody rests: every batch goes to a grain. Thread-safe.
/// </summary>
internal sealed class RestingUsers : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ActiveUsers _active;
    private readonly RestingShard[] _shards = [];

    public RestingUsers(IServiceProvider services)
    {
        _active = services.GetRequiredService<ActiveUsers>();
        if (services.GetService<IUserTable>() is not { } table)
        {
            return;
        }

        var shared = new RestingServices(
            table,
            _active,
            services.GetRequiredService<UserStates>(),
            ActivatorUtilities.CreateInstance<RowHolders>(services),
            new UserAddresses(services.GetRequiredService<IGrainFactory>()),
            services.GetRequiredService<ChurnServices>(),
            services.GetRequiredService<TrendingReporter>(),
            services.GetRequiredService<GrainsInstruments>(),
            services.GetRequiredService<IOptions<UserOptions>>().Value,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<RestingUsers>>());
        var shards = Math.Clamp(Environment.ProcessorCount, 1, 8);
        _shards = [.. Enumerable.Range(0, shards).Select(_ => new RestingShard(shared, shared.Options.MaxUsersAtRest / shards))];
    }

    /// <summary>Whether users rest here.</summary>
    public bool IsOn => _shards.Length > 0;

    /// <summary>Takes a batch.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="batch">The batch, with a receipt.</param>
    /// <returns>False: nobody rests here.</returns>
    public bool TryAppend(string userId, EventBatch batch)
    {
        if (!IsOn)
        {
            return false;
        }

        ShardOf(userId).Append(batch);
        return true;
    }

    /// <summary>A grain is about to read its row: what is being written is waited for, and nothing more is written.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>Completes when the row can be read.</returns>
    public Task WakeAsync(string userId) => IsOn ? ShardOf(userId).WakeAsync(userId) : Task.CompletedTask;

    /// <summary>The grain has read its row: it gets what waits and is listed as active.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="grain">The grain.</param>
    public void Woken(string userId, UserGrain grain)
    {
        if (IsOn)
        {
            ShardOf(userId).Woken(userId, grain);
        }
        else
        {
            _active.Enter(userId, grain);
        }
    }

    /// <summary>The grain could not read its row.</summary>
    /// <param name="userId">The user.</param>
    public void NotWoken(string userId)
    {
        if (IsOn)
        {
            ShardOf(userId).NotWoken(userId);
        }
    }

    /// <summary>Stores at once what waits to be stored.</summary>
    public void Hasten()
    {
        foreach (var shard in _shards)
        {
            shard.Hasten();
        }
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(RestingUsers),
        ServiceLifecycleStage.RuntimeServices,
        _ => Task.CompletedTask,
        cancellationToken => Task.WhenAll(_shards.Select(shard => shard.StopAsync(cancellationToken))));

    private RestingShard ShardOf(string userId) => _shards[(uint)userId.GetHashCode(StringComparison.Ordinal) % (uint)_shards.Length];
}
