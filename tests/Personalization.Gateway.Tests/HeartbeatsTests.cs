using System.Net.ServerSentEvents;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Personalization.Gateway;

namespace Personalization.GatewayTests;

public sealed class HeartbeatsTests
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeTimeProvider _time = new();
    private readonly Channel<SseItem<object>> _events = Channel.CreateUnbounded<SseItem<object>>();

    /// <summary>Each heartbeat had left a waiter in the channel: a quiet stream grew for as long as it was open.</summary>
    [Fact]
    public async Task A_quiet_stream_waits_once_for_what_comes_however_many_heartbeats_it_makes()
    {
        var reader = new CountingReader(_events.Reader);
        await using var stream = Heartbeats.BetweenAsync(reader, Every, _time, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (var i = 0; i < 10; i++)
        {
            var next = stream.MoveNextAsync().AsTask();
            next.IsCompleted.ShouldBeFalse();
            _time.Advance(Every);
            (await next.WaitAsync(Patience)).ShouldBeTrue();
            stream.Current.EventType.ShouldBe("heartbeat");
        }

        reader.Waits.ShouldBe(1);

        var last = stream.MoveNextAsync().AsTask();
        _events.Writer.TryWrite(new SseItem<object>("a", "shelf"));
        (await last.WaitAsync(Patience)).ShouldBeTrue();
        stream.Current.EventType.ShouldBe("shelf");
        reader.Waits.ShouldBe(1);
    }

    [Fact]
    public async Task What_comes_is_brought_at_once_and_in_order_and_puts_the_heartbeat_off()
    {
        await using var stream = Heartbeats.BetweenAsync(_events.Reader, Every, _time, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        foreach (var name in new[] { "a", "b", "c" })
        {
            _events.Writer.TryWrite(new SseItem<object>(name, name));
        }

        foreach (var name in new[] { "a", "b", "c" })
        {
            (await stream.MoveNextAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue();
            stream.Current.EventType.ShouldBe(name);
        }

        var next = stream.MoveNextAsync().AsTask();
        _time.Advance(Every - TimeSpan.FromMilliseconds(1));
        next.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await next.WaitAsync(Patience)).ShouldBeTrue();
        stream.Current.EventType.ShouldBe("heartbeat");
    }

    [Fact]
    public async Task A_stream_that_ends_makes_no_heartbeat()
    {
        using var ending = new CancellationTokenSource();
        await using var stream = Heartbeats.BetweenAsync(_events.Reader, Every, _time, ending.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var next = stream.MoveNextAsync().AsTask();

        await ending.CancelAsync();

        (await next.WaitAsync(Patience)).ShouldBeFalse();
    }

    private sealed class CountingReader(ChannelReader<SseItem<object>> inner) : ChannelReader<SseItem<object>>
    {
        public int Waits { get; private set; }

        public override bool TryRead(out SseItem<object> item) => inner.TryRead(out item);

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
        {
            Waits++;
            return inner.WaitToReadAsync(cancellationToken);
        }
    }
}
