using Microsoft.Extensions.Time.Testing;

namespace Personalization.Replay.Verifying;

public sealed class StreamDrainTests
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };

    [Fact]
    public async Task Waits_for_as_many_zeros_in_a_row_as_were_asked_for()
    {
        var lags = new Queue<long?>([5, 0, null, 0, 3, 0, 0]);

        await RunAsync(new StreamDrain(_ => Task.FromResult(lags.Dequeue()), readings: 2, _time), TimeSpan.FromMinutes(1));

        lags.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_the_timeout_it_says_how_much_is_left()
    {
        var drain = new StreamDrain(_ => Task.FromResult<long?>(1_234), time: _time);

        (await Should.ThrowAsync<TimeoutException>(() => RunAsync(drain, TimeSpan.FromSeconds(3)))).Message.ShouldContain("1,234 events are behind");
    }

    private async Task RunAsync(StreamDrain drain, TimeSpan timeout)
    {
        var waiting = drain.WaitAsync(timeout);
        while (!waiting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await waiting;
    }
}
