using Orleans.Storage;

namespace Personalization.Users;

/// <summary>One user's row as the grain that holds it knows it. Used on the grain's turn only.</summary>
internal sealed class StoredUser(IGrainStorage storage, GrainId user)
{
    private GrainState<UserRecord> _state = new(new UserRecord());

    /// <summary>What was read or is written next.</summary>
    public UserRecord Record => _state.State!;

    /// <summary>Whether there is a row.</summary>
    public bool Exists => _state.RecordExists;

    /// <summary>Reads the row; from then on this grain holds the user.</summary>
    /// <param name="unless">What keeps the row that was read from being taken over.</param>
    /// <returns>Completes when it is read.</returns>
    public async Task ReadAsync(Func<bool>? unless = null)
    {
        var read = new GrainState<UserRecord>(new UserRecord());
        await storage.ReadStateAsync(UserRecord.StateName, user, read);
        if (unless is null || !unless())
        {
            _state = read;
        }
    }

    /// <summary>Writes the row.</summary>
    /// <returns>Completes when it is durable; throws when it changed elsewhere or the outcome is unknown.</returns>
    public Task WriteAsync() => storage.WriteStateAsync(UserRecord.StateName, user, _state);

    /// <summary>Writes the row of a user of whom nothing is stored; where there is one after all, reads it.</summary>
    /// <param name="unless">What keeps the row that was read from being taken over.</param>
    /// <returns>Completes when there is a row; throws where it must not be taken over.</returns>
    public async Task CreateAsync(Func<bool> unless)
    {
        try
        {
            await WriteAsync();
        }
        catch (InconsistentStateException) when (!unless())
        {
            await ReadAsync(unless);
        }
    }
}
