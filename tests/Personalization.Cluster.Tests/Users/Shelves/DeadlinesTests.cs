using Microsoft.Extensions.Time.Testing;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

public sealed class DeadlinesTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    private readonly SetClock _caller = new();
    private readonly SetClock _silo = new();
    private readonly Deadlines _deadlines;

    public DeadlinesTests() => _deadlines = new Deadlines(_silo);

    /// <summary>Every question of that caller seemed to have waited for as long, for up to two minutes: none was asked of the model.</summary>
    [Theory]
    [InlineData(0, 2)]
    [InlineData(0, -2)]
    [InlineData(-2, 0)]
    [InlineData(2, 0)]
    public void Of_TheTimeOfDayIsSet_NoQuestionHasWaitedForThat(int callerSeconds, int siloSeconds)
    {
        Ask(TimeSpan.Zero).ShouldBe(Timeout);

        (_caller.SetBy, _silo.SetBy) = (TimeSpan.FromSeconds(callerSeconds), TimeSpan.FromSeconds(siloSeconds));

        Ask(TimeSpan.Zero).ShouldBe(Timeout);
        Ask(TimeSpan.FromMilliseconds(30)).ShouldBe(TimeSpan.FromMilliseconds(70));
    }

    private TimeSpan Ask(TimeSpan onTheWay)
    {
        var sent = SendStamp.Now(_caller);
        _caller.Advance(onTheWay);
        _silo.Advance(onTheWay);
        return _deadlines.Of(Timeout, sent).Remaining;
    }

    // Setting the time of day moves neither timestamps nor timers.
    private sealed class SetClock : FakeTimeProvider
    {
        public TimeSpan SetBy { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + SetBy;

        public override long GetTimestamp() => (base.GetUtcNow() - Start).Ticks;
    }
}
