using Personalization.Events;

namespace Personalization.Client;

/// <summary>The last version per user, for the users heard of most recently. Thread-safe.</summary>
/// <param name="capacity">Users kept.</param>
internal sealed class VersionMemory(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string UserId, string Version)>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<(string UserId, string Version)> _recent = new();

    public string? Get(string userId)
    {
        lock (_lock)
        {
            return _nodes.TryGetValue(userId, out var node) ? node.Value.Version : null;
        }
    }

    public void Set(string userId, string version)
    {
        lock (_lock)
        {
            if (_nodes.Remove(userId, out var known))
            {
                _recent.Remove(known);
                version = Later(known.Value.Version, version);
            }

            _nodes[userId] = _recent.AddFirst((userId, version));
            if (_nodes.Count > capacity)
            {
                _nodes.Remove(_recent.Last!.Value.UserId);
                _recent.RemoveLast();
            }
        }
    }

    public void Forget(string userId)
    {
        lock (_lock)
        {
            if (_nodes.Remove(userId, out var node))
            {
                _recent.Remove(node);
            }
        }
    }

    // Acknowledgements may be seen in any order; only places in one partition of one topic compare.
    private static string Later(string known, string version) =>
        StreamPosition.TryParse(known, out var before) && StreamPosition.TryParse(version, out var now)
            && before.Epoch == now.Epoch && before.Partition == now.Partition && before.Offset > now.Offset
                ? known
                : version;
}
