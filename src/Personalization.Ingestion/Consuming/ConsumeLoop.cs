using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Personalization.Ingestion;

/// <summary>The life of one consumer on its own thread: poll, hand over, store progress, hold back when too much is in flight.</summary>
internal sealed partial class ConsumeLoop(
    IngestionOptions options,
    KafkaClients clients,
    Assignment assignment,
    StreamLag lag,
    InFlightBudget budget,
    RecordIntake intake,
    TimeProvider time,
    ILogger logger)
{
    private const int BusyPollMilliseconds = 5;
    private const int IdlePollMilliseconds = 100;
    private static readonly TimeSpan ErrorDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    // Pausing throws away what the client has fetched ahead, so a short stall is waited out without it.
    private static readonly TimeSpan StallBeforePause = TimeSpan.FromSeconds(2);

    /// <summary>Runs until stopped, then drains, commits and leaves the group; or until the topic was recreated, and this consumer is to be replaced.</summary>
    /// <exception cref="KafkaException">The consumer cannot go on and is to be replaced.</exception>
    public void Run(CancellationToken stopping)
    {
        var consumer = clients.Clickstream()
            .SetPartitionsAssignedHandler(assignment.OnAssigned)
            .SetPartitionsRevokedHandler((c, partitions) => assignment.OnRevoked(c, partitions.Select(p => p.Partition.Value)))
            .SetPartitionsLostHandler((c, partitions) => assignment.OnLost(c, partitions.Select(p => p.Partition.Value)))
            .SetOffsetsCommittedHandler((_, committed) => assignment.OnCommitted(committed))
            .Build();
        try
        {
            consumer.Subscribe(options.ClickstreamTopic);
            while (!stopping.IsCancellationRequested && !assignment.IsOutdated)
            {
                Step(consumer, stopping);
            }

            if (stopping.IsCancellationRequested)
            {
                assignment.OnRevoked(consumer, assignment.Sessions.Select(session => session.Partition));
            }
            else
            {
                assignment.StartOver(consumer);
            }
        }
        finally
        {
            assignment.OnLost(consumer, assignment.Sessions.Select(session => session.Partition));
            Close(consumer);
        }
    }

    // Leaving the group waits for the coordinator, without end where the broker is gone: a stopping silo does not.
    private void Close(IConsumer<byte[]?, byte[]?> consumer)
    {
        var closing = Task.Factory.StartNew(
            () =>
            {
                // Closing alone, in the middle of a rebalance, may leave the group unasked: then what was to come here stays unread until the session ends.
                consumer.Unsubscribe();
                consumer.Close();
                consumer.Dispose();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        if (!((IAsyncResult)closing).AsyncWaitHandle.WaitOne(CloseTimeout))
        {
            LogNotClosed(CloseTimeout);
        }
    }

    private void Step(IConsumer<byte[]?, byte[]?> consumer, CancellationToken stopping)
    {
        try
        {
            assignment.ReplaceOffsets(consumer);
            assignment.ReadLostAgain(consumer);
            assignment.HoldBack(consumer);
            assignment.StoreProgress(consumer);
            lag.Update(consumer);
            if (budget.IsFull)
            {
                WaitForRoom(consumer, stopping);
            }
            else
            {
                Poll(consumer, budget.Events > 0 ? BusyPollMilliseconds : IdlePollMilliseconds);
            }
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            LogConsumeFailed(exception.Error.Code.ToString(), exception.Error.Reason);
            stopping.WaitHandle.WaitOne(ErrorDelay);
        }
    }

    private void Poll(IConsumer<byte[]?, byte[]?> consumer, int waitMilliseconds)
    {
        try
        {
            var record = consumer.Consume(waitMilliseconds);
            if (record is null && budget.Events > 0)
            {
                assignment.Hasten();
            }

            var polledAt = time.GetTimestamp();
            for (var taken = 0; record is not null; record = consumer.Consume(0))
            {
                intake.Accept(assignment, consumer, record, polledAt);
                if (++taken == options.MaxPollEvents || budget.IsFull)
                {
                    break;
                }
            }
        }
        finally
        {
            assignment.Flush();
        }
    }

    private void WaitForRoom(IConsumer<byte[]?, byte[]?> consumer, CancellationToken stopping)
    {
        assignment.Hasten();
        if (budget.Wait(() => budget.HasRoom, StallBeforePause, time, stopping) || stopping.IsCancellationRequested)
        {
            return;
        }

        assignment.Pause(consumer, pause: true);
        LogPaused(budget.Events, budget.Bytes);
        try
        {
            while (!budget.HasRoom && !assignment.IsOutdated && !stopping.IsCancellationRequested)
            {
                // Nothing comes from paused partitions; the poll keeps the group alive. A partition that is assigned now may still give one.
                Poll(consumer, BusyPollMilliseconds);
                assignment.Pause(consumer, pause: true);
                assignment.ReplaceOffsets(consumer);
                assignment.StoreProgress(consumer);
                lag.Update(consumer);
            }
        }
        finally
        {
            // Also where the poll tells an error that passes: nobody else resumes them.
            assignment.Pause(consumer, pause: false);
        }

        LogResumed(budget.Events, budget.Bytes);
    }

    [LoggerMessage(EventId = 4060, Level = LogLevel.Warning, Message = "Consuming failed and goes on: {Code}: {Reason}")]
    private partial void LogConsumeFailed(string code, string reason);

    [LoggerMessage(EventId = 4061, Level = LogLevel.Information, Message = "Paused: {Events} events ({Bytes} bytes) in flight")]
    private partial void LogPaused(int events, long bytes);

    [LoggerMessage(EventId = 4062, Level = LogLevel.Information, Message = "Resumed: {Events} events ({Bytes} bytes) in flight")]
    private partial void LogResumed(int events, long bytes);

    [LoggerMessage(EventId = 4064, Level = LogLevel.Warning, Message = "The consumer could not leave its group within {Timeout} and is left behind")]
    private partial void LogNotClosed(TimeSpan timeout);
}
