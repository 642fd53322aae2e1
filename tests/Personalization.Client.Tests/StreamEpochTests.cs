using Microsoft.Extensions.Time.Testing;

namespace Personalization.Client.Tests;

public sealed class StreamEpochTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<TaskCompletionSource<string>> _asked = [];
    private readonly StreamEpoch _epoch;

    public StreamEpochTests() => _epoch = new StreamEpoch(
        () =>
        {
            _asked.Add(new TaskCompletionSource<string>());
            return _asked[^1].Task;
        },
        _time);

    [Fact]
    public async Task GetAsync_NoneWasEverTold_FailsAndAsksAgainAtOnce()
    {
        var refused = _epoch.GetAsync();
        _epoch.GetAsync().ShouldBe(refused);
        _asked.Single().SetException(new StreamUnavailableException("away"));
        await Should.ThrowAsync<StreamUnavailableException>(() => refused);

        var told = _epoch.GetAsync();
        _asked[1].SetResult("first");

        (await told).ShouldBe("first");
    }

    /// <summary>An event that Kafka had was answered 503 whenever the topic's id could not be asked for again.</summary>
    [Fact]
    public async Task GetAsync_WhileItIsAskedForAgainAndAfterThatFailed_GivesTheLastOne()
    {
        var first = _epoch.GetAsync();
        _asked[0].SetResult("first");
        await first;
        _time.Advance(TimeSpan.FromSeconds(11));

        (await NowAsync()).ShouldBe("first");
        _asked.Count.ShouldBe(2);
        _asked[1].SetException(new StreamUnavailableException("away"));
        (await NowAsync()).ShouldBe("first");
        _asked.Count.ShouldBe(2);

        _time.Advance(TimeSpan.FromSeconds(11));
        (await NowAsync()).ShouldBe("first");
        _asked[2].SetResult("second");
        (await NowAsync()).ShouldBe("second");
        _asked.Count.ShouldBe(3);
    }

    /// <summary>The first click after a quiet hour was named by the topic before the one that it is in.</summary>
    [Fact]
    public async Task GetAsync_AfterAQuietHour_WaitsForTheAnswerAndGivesTheLastOneWhereThereIsNone()
    {
        var first = _epoch.GetAsync();
        _asked[0].SetResult("first");
        await first;
        _time.Advance(TimeSpan.FromHours(1));

        var second = _epoch.GetAsync();
        second.IsCompleted.ShouldBeFalse();
        _asked[1].SetResult("second");
        (await second).ShouldBe("second");
        (await NowAsync()).ShouldBe("second");

        _time.Advance(TimeSpan.FromHours(1));
        var third = _epoch.GetAsync();
        _asked[2].SetException(new StreamUnavailableException("away"));
        (await third).ShouldBe("second");
        (await NowAsync()).ShouldBe("second");
    }

    private Task<string> NowAsync()
    {
        var epoch = _epoch.GetAsync();
        epoch.IsCompletedSuccessfully.ShouldBeTrue();
        return epoch;
    }
}
