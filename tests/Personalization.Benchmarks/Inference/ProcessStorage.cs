using System.Collections.Concurrent;
using Orleans.Storage;

namespace Personalization.Benchmarks.Inference;

/// <summary>Grains' states in this process and not in grains: those would be gone before the last of the others have written theirs when the silo stops.</summary>
internal sealed class ProcessStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string Name, GrainId Grain), (object? State, string ETag)> _rows = new();
    private long _written;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.RecordExists = _rows.TryGetValue((stateName, grainId), out var row);
        (grainState.State, grainState.ETag) = grainState.RecordExists ? ((T)row.State!, row.ETag) : (Activator.CreateInstance<T>(), null!);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        (grainState.ETag, grainState.RecordExists) = ($"{Interlocked.Increment(ref _written)}", true);
        _rows[(stateName, grainId)] = (grainState.State, grainState.ETag);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _rows.TryRemove((stateName, grainId), out _);
        (grainState.ETag, grainState.RecordExists) = (null!, false);
        return Task.CompletedTask;
    }
}
