using System.Threading.Channels;

namespace Personalization.Storage;

/// <summary>
/// Group commit: whatever is queued while the last batch ran is the next batch, so batches grow by themselves under load and an idle queue
/// adds no delay. No key occurs twice in a batch.
/// </summary>
/// <typeparam name="TItem">What is asked for.</typeparam>
/// <typeparam name="TResult">The answer to one item.</typeparam>
internal sealed class BatchingQueue<TItem, TResult> : IAsyncDisposable
{
    private readonly Channel<Pending>[] _channels;
    private readonly Task[] _loops;
    private readonly Func<TItem, string> _key;
    private readonly Func<IReadOnlyList<TItem>, Task<TResult[]>> _run;
    private readonly int _maxBatch;

    /// <param name="key">Key of an item; equal keys go one after the other.</param>
    /// <param name="run">Runs a batch; one result per item, in order.</param>
    /// <param name="workers">Batches at the same time.</param>
    /// <param name="maxBatch">Items per batch.</param>
    /// <param name="capacity">Items that may wait; then callers wait.</param>
    public BatchingQueue(Func<TItem, string> key, Func<IReadOnlyList<TItem>, Task<TResult[]>> run, int workers, int maxBatch, int capacity)
    {
        _key = key;
        _run = run;
        _maxBatch = maxBatch;
        _channels = [.. Enumerable.Range(0, workers).Select(_ => Channel.CreateBounded<Pending>(
            new BoundedChannelOptions(Math.Max(1, capacity / workers)) { SingleReader = true }))];
        _loops = [.. _channels.Select(channel => Task.Run(() => RunAsync(channel.Reader)))];
    }

    /// <summary>Queues an item.</summary>
    /// <param name="item">The item.</param>
    /// <returns>Its result; throws what its batch threw.</returns>
    public Task<TResult> EnqueueAsync(TItem item)
    {
        var pending = new Pending(item);
        var worker = (int)((uint)_key(item).GetHashCode(StringComparison.Ordinal) % (uint)_channels.Length);
        return _channels[worker].Writer.TryWrite(pending) ? pending.Task : WaitAsync(_channels[worker].Writer, pending);
    }

    /// <summary>Takes no more items and finishes those that wait.</summary>
    /// <returns>Completes when the last batch has run.</returns>
    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Writer.TryComplete();
        }

        await Task.WhenAll(_loops);
    }

    private static async Task<TResult> WaitAsync(ChannelWriter<Pending> writer, Pending pending)
    {
        await writer.WriteAsync(pending);
        return await pending.Task;
    }

    private async Task RunAsync(ChannelReader<Pending> reader)
    {
        var batch = new List<Pending>(_maxBatch);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        Pending? held = null;
        while (held is not null || await reader.WaitToReadAsync())
        {
            batch.Clear();
            keys.Clear();
            while (batch.Count < _maxBatch && (held is not null || reader.TryRead(out held)))
            {
                if (!keys.Add(_key(held!.Item)))
                {
                    break;
                }

                batch.Add(held);
                held = null;
            }

            await RunBatchAsync(batch);
        }
    }

    private async Task RunBatchAsync(List<Pending> batch)
    {
        try
        {
            var results = await _run([.. batch.Select(pending => pending.Item)]);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].SetResult(results[i]);
            }
        }
        catch (Exception exception)
        {
            foreach (var pending in batch)
            {
                pending.TrySetException(exception);
            }
        }
    }

    private sealed class Pending(TItem item) : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item { get; } = item;
    }
}
