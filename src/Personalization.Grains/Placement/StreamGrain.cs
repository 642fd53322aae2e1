using Personalization.Users;

namespace Personalization.Placement;

internal sealed class StreamGrain : Grain, IStreamGrain
{
    private SiloAddress?[] _silos = [];

    public Task<SiloAddress?[]> Report(SiloAddress silo, int[] partitions)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(partitions);
        var known = Math.Max(_silos.Length, partitions.DefaultIfEmpty(-1).Max() + 1);
        var silos = new SiloAddress?[known];
        for (var i = 0; i < known; i++)
        {
            var before = i < _silos.Length ? _silos[i] : null;
            silos[i] = partitions.Contains(i) ? silo : silo.Equals(before) ? null : before;
        }

        _silos = silos;
        return Task.FromResult(silos);
    }
}
