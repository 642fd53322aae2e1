using Microsoft.Extensions.Options;
using Personalization.Churn;
using Personalization.Client;

namespace Personalization.Gateway;

/// <summary>
/// Reads topic <c>churn-warnings</c>, at first as far back as it keeps warnings, and tells live streams. Where reading breaks off, it goes on
/// behind what it has; partitions that come later are read, too.
/// </summary>
internal sealed partial class WarningFeed(IOptions<KafkaOptions> kafka, IOptions<GatewayOptions> options, TimeProvider time, ILogger<WarningFeed> logger)
    : BackgroundService
{
    private readonly Lock _lock = new();
    private readonly LinkedList<SequencedWarning> _latest = new();
    private readonly Dictionary<Action<SequencedWarning>, WarningPosition?> _listeners = [];
    private readonly WarningPosition _read = new();
    private bool _filled;

    /// <summary>The newest warnings first.</summary>
    /// <param name="count">How many at most.</param>
    /// <returns>The warnings.</returns>
    public IReadOnlyList<ChurnWarning> Latest(int count)
    {
        lock (_lock)
        {
            return [.. _latest.Take(count).Select(entry => entry.Warning)];
        }
    }

    /// <summary>Listens to new warnings and gets what came after a known one.</summary>
    /// <param name="lastId">Id of the last one the caller has: all that is kept and not known to be older is repeated; null: none is.</param>
    /// <param name="listener">Called for each new one, and for what was missed once the topic could be read at all; must not block.</param>
    /// <param name="missed">What came since, oldest first.</param>
    /// <param name="begin">An id for a caller that has none: of what was read before the first that it hears; null: nothing was.</param>
    /// <returns>Ends the listening.</returns>
    public IDisposable Listen(string? lastId, Action<SequencedWarning> listener, out IReadOnlyList<SequencedWarning> missed, out string? begin)
    {
        var position = string.IsNullOrEmpty(lastId) ? null : WarningPosition.Parse(lastId);
        lock (_lock)
        {
            missed = Missed(position);
            begin = position is null && _read.ToString() is { Length: > 0 } read ? read : null;
            _listeners.Add(listener, position);
        }

        return new Listening(this, listener);
    }

    /// <summary>Takes a new warning in.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">Its offset there.</param>
    /// <param name="warning">The warning.</param>
    internal void Add(int partition, long offset, ChurnWarning warning)
    {
        lock (_lock)
        {
            var entry = Keep(partition, offset, warning);
            foreach (var listener in _listeners.Keys)
            {
                listener(entry);
            }
        }
    }

    private SequencedWarning Keep(int partition, long offset, ChurnWarning warning)
    {
        _read.Advance(partition, offset);
        var entry = new SequencedWarning(partition, offset, _read.ToString(), warning);
        _latest.AddFirst(entry);
        if (_latest.Count > options.Value.KeptWarnings)
        {
            _latest.RemoveLast();
        }

        return entry;
    }

    /// <summary>What is kept and not at or before a position, oldest first; a position beyond what was read is of another topic and says nothing.</summary>
    private IReadOnlyList<SequencedWarning> Missed(WarningPosition? position) =>
        position is null ? [] : [.. _latest.Where(entry => !(entry.Offset <= position[entry.Partition] && position[entry.Partition] <= _read[entry.Partition])).Reverse()];

    private sealed class Listening(WarningFeed feed, Action<SequencedWarning> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._lock)
            {
                feed._listeners.Remove(listener);
            }
        }
    }
}
