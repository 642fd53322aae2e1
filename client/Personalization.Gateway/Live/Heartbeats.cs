using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Personalization.Gateway;

/// <summary>Tells who listens to a quiet stream that it goes on.</summary>
internal static class Heartbeats
{
    /// <summary>Reads events, and makes one where none comes for a while.</summary>
    /// <param name="events">The events.</param>
    /// <param name="every">The longest silence.</param>
    /// <param name="time">Real time.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The events in their order, and <c>heartbeat</c> between them.</returns>
    public static async IAsyncEnumerable<SseItem<object>> BetweenAsync(
        ChannelReader<SseItem<object>> events, TimeSpan every, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            // Kept over the heartbeats: each new wait would be one more in the channel until something comes.
            var wait = events.WaitToReadAsync(cancellationToken).AsTask();
            while (!wait.IsCompleted && await IsSilentAsync(wait, every, time, cancellationToken))
            {
                yield return new SseItem<object>(new { time = time.GetUtcNow() }, "heartbeat");
            }

            while (events.TryRead(out var item))
            {
                yield return item;
            }
        }
    }

    private static async Task<bool> IsSilentAsync(Task wait, TimeSpan every, TimeProvider time, CancellationToken cancellationToken)
    {
        using var heard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var silent = await Task.WhenAny(wait, Task.Delay(every, time, heard.Token)) != wait;
        await heard.CancelAsync();
        return silent && !cancellationToken.IsCancellationRequested;
    }
}
