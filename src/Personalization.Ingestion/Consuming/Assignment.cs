using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Personalization.Ingestion;

/// <summary>The partitions of one consumer and what is open in each. For the consume thread, except <see cref="Sessions"/>.</summary>
internal sealed partial class Assignment(
    IngestionOptions options,
    TopicEpochs epochs,
    LogEnds ends,
    PartitionServices services,
    TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan CommittedTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ReplaceDelay = TimeSpan.FromSeconds(1);
    private readonly Dictionary<int, PartitionSession> _sessions = [];
    private volatile PartitionSession[] _snapshot = [];
    private long _replaceFailedAt;
    private bool _isOutdated;

    /// <summary>The sessions as of now; for any thread.</summary>
    public IReadOnlyList<PartitionSession> Sessions => _snapshot;

    /// <summary>
    /// Whether the topic turned out to be another one than the sessions believe, or to be gone. Another consumer has to start over: the client holds on to the leaders
    /// of the topic before, and as long as those of the new one are at an earlier epoch it fetches nothing.
    /// </summary>
    public bool IsOutdated => _isOutdated || Array.Exists(_snapshot, session => session.Epoch != epochs.Current);

    /// <summary>Whether partitions are held back for want of room.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Where new partitions start.</summary>
    public IEnumerable<TopicPartitionOffset> OnAssigned(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartition> partitions)
    {
        var epoch = epochs.Resolve();
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        var progress = consumer.Committed(partitions, CommittedTimeout);
        var known = ends.AskAsync([.. progress.Where(committed => !committed.Offset.IsSpecial).Select(committed => committed.Partition.Value)])
            .GetAwaiter().GetResult();
        foreach (var committed in progress)
        {
            var partition = committed.Partition.Value;
            var isOfAnother = !committed.Offset.IsSpecial && (epochs.MustStartOver(partition) || IsBeyondEnd(committed, known));
            var startsOver = committed.Offset.IsSpecial || isOfAnother;
            var session = isOfAnother ? BeginOwing(partition, epoch) : Begin(partition, epoch);
            session.Start = startsOver ? -1 : committed.Offset.Value;
            if (!isOfAnother)
            {
                epochs.MarkBegun(partition, epoch);
            }

            starts.Add(new TopicPartitionOffset(committed.TopicPartition, startsOver ? Offset.Beginning : committed.Offset));
        }

        // Now the group has dealt out all there are; none at all may come before some do.
        if (partitions.Count > 0)
        {
            epochs.KeepOnly(_sessions.Keys);
        }

        LogAssigned(partitions.Count, _sessions.Count);
        return starts;
    }

    /// <summary>Waits for what is open in partitions that go, commits what is done and forgets the rest.</summary>
    public void OnRevoked(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<int> partitions)
    {
        var leaving = partitions.Select(partition => _sessions.GetValueOrDefault(partition)).OfType<PartitionSession>().ToList();
        if (leaving.Count == 0)
        {
            return;
        }

        leaving.ForEach(session => session.Flush());
        var drained = services.Budget.Wait(() => IsDrained(leaving), options.DrainTimeout, time);
        if (!drained)
        {
            LogNotDrained(leaving.Sum(session => session.Offsets.Pending), options.DrainTimeout);
        }

        ResumeLeaving(consumer, leaving);

        // The client commits what is stored before it lets the partitions go, and does not block us where the broker is away.
        StoreProgress(consumer, leaving);
        Forget(leaving);
        epochs.KeepOnly(_sessions.Keys);
        LogRevoked(leaving.Count, _sessions.Count);
    }

    /// <summary>Forgets partitions that already belong to somebody else.</summary>
    public void OnLost(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<int> partitions)
    {
        var lost = partitions.Select(partition => _sessions.GetValueOrDefault(partition)).OfType<PartitionSession>().ToList();
        ResumeLeaving(consumer, lost);
        Forget(lost);
        if (lost.Count > 0)
        {
            LogLost(lost.Count, _sessions.Count);
        }
    }

    /// <summary>The session of a message; null when its partition is not ours or starts over before long.</summary>
    public PartitionSession? SessionOf(int partition, long offset)
    {
        var session = _sessions.GetValueOrDefault(partition);
        if (session is null || session.IsEnded)
        {
            return null;
        }

        if (session.Epoch != epochs.Current)
        {
            // Another consumer reads it, also where the topic is found to be the same after all.
            _isOutdated = true;
            return null;
        }

        if (offset > session.Offsets.Last)
        {
            return session;
        }

        // Offsets only go back where the log lost its tail or is another one.
        LogWentBack(partition, session.Offsets.Last, offset);
        var epoch = epochs.Resolve();
        if (epoch != session.Epoch)
        {
            return null;
        }

        LogTailLost(partition, session.Offsets.Last);
        return BeginOwing(partition, epoch);
    }

    /// <summary>Replaces the group's progress in the topic before, so that whoever has the partitions next starts over.</summary>
    public void StartOver(IConsumer<byte[]?, byte[]?> consumer)
    {
        if (epochs.Current is not { } epoch)
        {
            // Kafka forgets it together with the topic, and nothing more may be committed of it.
            StoreProgress(consumer);
            return;
        }

        foreach (var session in Array.FindAll(_snapshot, session => session.Epoch != epoch))
        {
            BeginOwing(session.Partition, epoch);
        }

        ReplaceOffsets(consumer);
    }

    /// <summary>Commits where it is where what the group committed is of another log. At once: the client commits by itself only what is beyond its last commit.</summary>
    public void ReplaceOffsets(IConsumer<byte[]?, byte[]?> consumer)
    {
        var owing = Array.FindAll(_snapshot, static session => session.OwesOffset);
        if (owing.Length == 0 || (_replaceFailedAt != 0 && time.GetElapsedTime(_replaceFailedAt) < ReplaceDelay))
        {
            return;
        }

        try
        {
            consumer.Commit([.. owing.Select(session => Restart(consumer, session))]);
        }
        catch (KafkaException exception)
        {
            // Another one would replace this consumer in vain: what it reads meanwhile is recognised when it is read again.
            _replaceFailedAt = time.GetTimestamp();
            LogCommitFailed(owing.Length, exception.Error.Reason);
            return;
        }

        foreach (var session in owing)
        {
            session.OwesOffset = false;
            epochs.MarkBegun(session.Partition, session.Epoch);
        }
    }

    /// <summary>Reads partitions again from their progress on where events were lost that were applied and not stored.</summary>
    public void ReadLostAgain(IConsumer<byte[]?, byte[]?> consumer)
    {
        foreach (var session in _snapshot)
        {
            if (session.BrokenAt == 0 || time.GetElapsedTime(session.BrokenAt) < options.RetryDelay)
            {
                continue;
            }

            var from = Math.Max(session.Offsets.NextToCommit, session.Start);
            LogReadAgain(session.Partition, from);
            consumer.Seek(new TopicPartitionOffset(options.ClickstreamTopic, session.Partition, from < 0 ? Offset.Beginning : from));
            Begin(session.Partition, session.Epoch).Start = from;
        }
    }

    /// <summary>Stores at once what waits to be stored: there is nothing more to read for now.</summary>
    public void Hasten() => services.Appender.Hasten();

    /// <summary>Sends what was taken in since the last time.</summary>
    public void Flush()
    {
        foreach (var session in _snapshot)
        {
            session.Flush();
        }
    }

    /// <summary>Hands the progress of every partition to the client, which commits it at its interval.</summary>
    public void StoreProgress(IConsumer<byte[]?, byte[]?> consumer) => StoreProgress(consumer, _snapshot);

    /// <summary>Hears what became of a commit.</summary>
    public void OnCommitted(CommittedOffsets committed)
    {
        // The next owner reads these events again; the grains recognise them.
        if (committed.Error.IsError && committed.Error.Code != Confluent.Kafka.ErrorCode.Local_NoOffset)
        {
            LogCommitFailed(committed.Offsets.Count, committed.Error.Reason);
        }
    }

    /// <summary>Stops or resumes fetching.</summary>
    public void Pause(IConsumer<byte[]?, byte[]?> consumer, bool pause)
    {
        if (pause)
        {
            consumer.Pause(_snapshot.Select(Place));
        }
        else
        {
            consumer.Resume(_snapshot.Where(static session => !session.IsHeld).Select(Place));
        }

        IsPaused = pause;
    }

    /// <summary>Reads a partition no further in which too much is open, and goes on when half of it is done. While all fetching is on.</summary>
    public void HoldBack(IConsumer<byte[]?, byte[]?> consumer)
    {
        foreach (var session in _snapshot)
        {
            var open = session.Offsets.Pending;
            var most = Math.Max((double)open / options.MaxOpenOffsets, (double)session.StuckBytes * _snapshot.Length / options.MaxInFlightBytes);
            if (session.IsHeld ? most > 0.5 : most < 1)
            {
                continue;
            }

            session.IsHeld = !session.IsHeld;
            if (session.IsHeld)
            {
                consumer.Pause([Place(session)]);
                LogHeld(session.Partition, open, session.Offsets.NextToCommit);
            }
            else
            {
                consumer.Resume([Place(session)]);
                LogNotHeld(session.Partition, open);
            }
        }
    }

    // Read from the beginning as the client would do by itself: the offset may also be one of a topic that is gone, and what was applied is recognised.
    private bool IsBeyondEnd(TopicPartitionOffset committed, IReadOnlyDictionary<int, long> known)
    {
        if (!known.TryGetValue(committed.Partition.Value, out var end) || committed.Offset.Value <= end)
        {
            return false;
        }

        LogTailLost(committed.Partition.Value, committed.Offset.Value);
        return true;
    }

    private TopicPartitionOffset Restart(IConsumer<byte[]?, byte[]?> consumer, PartitionSession session)
    {
        session.Stored = session.Offsets.NextToCommit;
        var next = new TopicPartitionOffset(options.ClickstreamTopic, session.Partition, Math.Max(0, Math.Max(session.Stored, session.Start)));
        consumer.StoreOffset(next);
        return next;
    }

    private bool IsDrained(List<PartitionSession> sessions)
    {
        services.Appender.Hasten();
        return sessions.TrueForAll(session => session.Offsets.Pending == 0 || session.IsEnded);
    }

    private TopicPartition Place(PartitionSession session) => new(options.ClickstreamTopic, session.Partition);

    // The client remembers what was paused beyond its assignment.
    private void ResumeLeaving(IConsumer<byte[]?, byte[]?> consumer, List<PartitionSession> leaving)
    {
        var paused = leaving.Where(session => session.IsHeld || IsPaused).Select(Place).ToList();
        if (paused.Count > 0)
        {
            consumer.Resume(paused);
        }
    }

    private PartitionSession Begin(int partition, string epoch)
    {
        if (_sessions.TryGetValue(partition, out var old))
        {
            old.Flush();
            old.End();
        }

        var session = new PartitionSession(epoch, partition, services) { IsHeld = old?.IsHeld ?? false, OwesOffset = old?.OwesOffset ?? false };
        _sessions[partition] = session;
        _snapshot = [.. _sessions.Values];
        return session;
    }

    private PartitionSession BeginOwing(int partition, string epoch)
    {
        var session = Begin(partition, epoch);
        session.OwesOffset = true;
        epochs.MarkOwed(partition);
        return session;
    }

    private void Forget(List<PartitionSession> sessions)
    {
        foreach (var session in sessions)
        {
            session.Flush();
            session.End();
            _sessions.Remove(session.Partition);
        }

        _snapshot = [.. _sessions.Values];
    }

    private void StoreProgress(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<PartitionSession> sessions)
    {
        foreach (var session in sessions)
        {
            // Progress in a topic that is gone is none in its successor.
            var next = session.Epoch == epochs.Current ? session.Offsets.NextToCommit : 0;
            if (next != session.Stored)
            {
                consumer.StoreOffset(new TopicPartitionOffset(options.ClickstreamTopic, session.Partition, next));
                session.Stored = next;
            }
        }
    }

    [LoggerMessage(EventId = 4050, Level = LogLevel.Information, Message = "Assigned {Partitions} partitions, now {Total}")]
    private partial void LogAssigned(int partitions, int total);

    [LoggerMessage(EventId = 4051, Level = LogLevel.Information, Message = "Gave up {Partitions} partitions, now {Total}")]
    private partial void LogRevoked(int partitions, int total);

    [LoggerMessage(EventId = 4052, Level = LogLevel.Warning, Message = "Lost {Partitions} partitions, now {Total}: too long away from the group")]
    private partial void LogLost(int partitions, int total);

    [LoggerMessage(EventId = 4053, Level = LogLevel.Warning, Message = "{Events} events were still in flight after {Timeout}; the next owner reads them again")]
    private partial void LogNotDrained(int events, TimeSpan timeout);

    [LoggerMessage(EventId = 4054, Level = LogLevel.Warning, Message = "Partition {Partition} went back from {LastOffset} to {Offset}")]
    private partial void LogWentBack(int partition, long lastOffset, long offset);

    [LoggerMessage(EventId = 4056, Level = LogLevel.Warning, Message = "Partition {Partition} is read again from {Offset}: events were lost before they were stored")]
    private partial void LogReadAgain(int partition, long offset);

    [LoggerMessage(
        EventId = 4057,
        Level = LogLevel.Warning,
        Message = "Partition {Partition} is read no further: {Events} events wait behind {Offset}, which cannot be stored")]
    private partial void LogHeld(int partition, int events, long offset);

    [LoggerMessage(EventId = 4058, Level = LogLevel.Information, Message = "Partition {Partition} is read on: {Events} events are open")]
    private partial void LogNotHeld(int partition, int events);

    [LoggerMessage(
        EventId = 4059,
        Level = LogLevel.Error,
        Message = "Partition {Partition} no longer reaches offset {Offset}, up to which it was read: its log lost its tail, and new events up to there are taken for "
            + "duplicates. Delete and create the topic, so that it gets another id")]
    private partial void LogTailLost(int partition, long offset);

    [LoggerMessage(EventId = 4055, Level = LogLevel.Warning, Message = "Progress of {Partitions} partitions could not be committed: {Reason}")]
    private partial void LogCommitFailed(int partitions, string reason);
}
