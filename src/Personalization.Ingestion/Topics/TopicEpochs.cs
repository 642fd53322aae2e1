using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Ingestion;

/// <summary>
/// Follows the identity of the clickstream topic. Where it changed while this process ran, offsets that the group committed may stem from
/// the topic before, so each partition is read from the beginning once: what was applied already is recognised by its position. That ends when every silo
/// must have seen the change, for one that has commits nothing of the topic before: a partition that comes over later goes on where it was. It does not end for
/// what this process itself was reading of the topic before, until the group's offset is replaced or the partition is another silo's, which sees to it.
/// A topic that is not there has no identity until it is asked for again: the client would go on in its successor where it was, and tell nobody.
/// </summary>
internal sealed partial class TopicEpochs(ITopicIdentity identity, IOptions<IngestionOptions> options, TimeProvider time, ILogger<TopicEpochs> logger)
{
    private static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(20);

    // For a silo that looks a little later, and asks a broker that is slow to answer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly HashSet<int> _begun = [];
    private readonly HashSet<int> _owed = [];
    private readonly HashSet<string> _former = new(StringComparer.Ordinal);
    private readonly IngestionOptions _options = options.Value;
    private string? _last;
    private string? _current;
    private long _changedAt;

    /// <summary>The epoch as last seen; null before the first assignment, and where the topic was not there at the last look.</summary>
    public string? Current => Volatile.Read(ref _current);

    /// <summary>Asks for the epoch now, waiting for a broker that is briefly away. Blocks; for the consume thread.</summary>
    /// <exception cref="InvalidOperationException">The topic does not exist or has no identity.</exception>
    public string Resolve()
    {
        using var timeout = new CancellationTokenSource(ResolveTimeout, time);
        var topic = identity.GetAsync(_options.ClickstreamTopic, timeout.Token).GetAwaiter().GetResult()
            ?? throw new InvalidOperationException($"Topic '{_options.ClickstreamTopic}' does not exist.");
        return See(topic.Epoch);
    }

    /// <summary>Whether a partition that starts now is to be read from its beginning rather than from the committed offset.</summary>
    public bool MustStartOver(int partition)
    {
        lock (_lock)
        {
            return _owed.Contains(partition) || (!_begun.Contains(partition) && IsRecent);
        }
    }

    /// <summary>Notes that what the group committed of a partition is of another log, until <see cref="MarkBegun"/>.</summary>
    public void MarkOwed(int partition)
    {
        lock (_lock)
        {
            _owed.Add(partition);
        }
    }

    /// <summary>Notes that what the group committed of a partition is of this topic, unless it is another one by now: from there on it goes on.</summary>
    public void MarkBegun(int partition, string epoch)
    {
        lock (_lock)
        {
            if (epoch == _current)
            {
                _begun.Add(partition);
                _owed.Remove(partition);
            }
        }
    }

    /// <summary>Notes that all other partitions are other silos': what the group commits of them is not this one's any more.</summary>
    /// <param name="partitions">The partitions that this silo has.</param>
    public void KeepOnly(IReadOnlyCollection<int> partitions)
    {
        lock (_lock)
        {
            _begun.IntersectWith(partitions);
            _owed.IntersectWith(partitions);
        }
    }

    /// <summary>Looks again at intervals until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.TopicCheckInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if (Volatile.Read(ref _last) is null)
                {
                    continue;
                }

                if (await identity.GetAsync(_options.ClickstreamTopic, cancellationToken) is { } topic)
                {
                    See(topic.Epoch);
                }
                else
                {
                    Miss();
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogCheckFailed(_options.ClickstreamTopic, exception);
            }
        }
    }

    private bool IsRecent => _changedAt != 0 && time.GetElapsedTime(_changedAt) <= _options.TopicCheckInterval + Patience;

    private string See(string epoch)
    {
        lock (_lock)
        {
            // An answer may have been on its way since before the one that told of the current topic.
            if (_last is { } last)
            {
                if (_former.Contains(epoch))
                {
                    return last;
                }

                if (last != epoch)
                {
                    LogRecreated(_options.ClickstreamTopic, last, epoch);
                    _former.Add(last);
                    _changedAt = time.GetTimestamp();
                    _owed.UnionWith(_begun);
                    _begun.Clear();
                }
            }

            _last = epoch;
            Volatile.Write(ref _current, epoch);
            return epoch;
        }
    }

    private void Miss()
    {
        lock (_lock)
        {
            if (_current is { } current)
            {
                LogGone(_options.ClickstreamTopic, current);
                Volatile.Write(ref _current, null);
            }
        }
    }

    [LoggerMessage(EventId = 4040, Level = LogLevel.Warning, Message = "Topic {Topic} was recreated: epoch {OldEpoch} is now {NewEpoch}; it is read from the beginning")]
    private partial void LogRecreated(string topic, string oldEpoch, string newEpoch);

    [LoggerMessage(EventId = 4043, Level = LogLevel.Warning, Message = "Topic {Topic} is not there, which was epoch {Epoch}: nothing is read until it is")]
    private partial void LogGone(string topic, string epoch);

    [LoggerMessage(EventId = 4041, Level = LogLevel.Debug, Message = "The identity of topic {Topic} could not be checked")]
    private partial void LogCheckFailed(string topic, Exception exception);
}
