using System.Globalization;
using Orleans.Storage;
using Personalization.Users;

namespace Personalization.Storage;

/// <summary>
/// Grain storage for users: states of many grains go into one statement. A conflict fails its own grain only, with
/// <see cref="InconsistentStateException"/>; after a transport error the outcome is unknown, and the grain re-reads.
/// </summary>
internal sealed class UserRecordStorage : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private readonly BatchingQueue<string, UserRow?> _claims;
    private readonly BatchingQueue<UserWrite, long?> _writes;
    private readonly IUserTable _table;
    private readonly long _holder;

    /// <param name="table">The rows.</param>
    /// <param name="options">How many statements run at the same time.</param>
    /// <param name="holder">This silo, see <see cref="UserHolder"/>.</param>
    public UserRecordStorage(IUserTable table, StorageOptions options, long holder)
    {
        (_table, _holder) = (table, holder);
        var workers = options.IsPostgres ? options.Writers : 1;
        _claims = new(id => id, ids => table.ClaimAsync(ids, holder), workers, options.MaxBatch, options.QueueCapacity);
        _writes = new(write => write.UserId, table.WriteAsync, workers, options.MaxBatch, options.QueueCapacity);
    }

    /// <summary>Reads a state for a grain that holds the user from now on: what others write on the row read before fails.</summary>
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var row = await _claims.EnqueueAsync(UserId(grainId));
        var record = row is null ? new UserRecord() : new UserRecord { Payload = row.Payload, NextCheck = FromMilliseconds(row.NextCheck) };
        grainState.State = Cast<T>(record);
        grainState.ETag = row?.Version.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = row is not null;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var record = Record(grainState.State);
        var write = new UserWrite(UserId(grainId), Version(grainState.ETag), record.NextCheck?.ToUnixTimeMilliseconds(), record.Payload, record.Held ? _holder : UserHolder.None);
        var version = await _writes.EnqueueAsync(write) ?? throw Conflict(grainState.ETag, "written");
        grainState.ETag = version.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not null && !await _table.DeleteAsync(UserId(grainId), Version(grainState.ETag)))
        {
            throw Conflict(grainState.ETag, "cleared");
        }

        grainState.State = Cast<T>(new UserRecord());
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    /// <inheritdoc/>
    // Stages stop in reverse: grains are deactivated first, so their last writes still find the queue open.
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(
        nameof(UserRecordStorage),
        ServiceLifecycleStage.ApplicationServices,
        _ => Task.CompletedTask,
        async _ => await DisposeAsync());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync();
        await _claims.DisposeAsync();
    }

    private static string UserId(GrainId grainId) => grainId.Key.ToString()!;

    private static long Version(string? etag) => etag is null ? 0 : long.Parse(etag, CultureInfo.InvariantCulture);

    private static DateTimeOffset? FromMilliseconds(long? value) => value is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    private static UserRecord Record<T>(T? state) => state as UserRecord
        ?? throw new NotSupportedException($"The storage '{UserRecord.ProviderName}' holds {nameof(UserRecord)} only, not {typeof(T).Name}.");

    private static T Cast<T>(UserRecord record) => record is T state
        ? state
        : throw new NotSupportedException($"The storage '{UserRecord.ProviderName}' holds {nameof(UserRecord)} only, not {typeof(T).Name}.");

    private static InconsistentStateException Conflict(string? etag, string what) =>
        new($"A user's state was changed elsewhere since it was read, so it was not {what}.", "unknown", etag ?? "none");
}
