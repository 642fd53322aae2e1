using Microsoft.Extensions.Time.Testing;
using Personalization.Churn;

namespace Personalization.GatewayTests;

/// <summary>What a live stream repeats to a client that had some warnings already.</summary>
public sealed class LiveStreamTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(options => options.KeptWarnings = 4, clock: _time);
        for (var offset = 1; offset <= 6; offset++)
        {
            Warn(offset, offset % 2 == 0 ? "even" : "odd");
        }
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("0.4", "0.5 0.6 0.7")]
    [InlineData("0.2", "0.3 0.4 0.5 0.6 0.7")] // the newest that is not kept any more
    [InlineData("0.1", "0.3 0.4 0.5 0.6 0.7")]
    [InlineData("0.9", "0.3 0.4 0.5 0.6 0.7")] // of a topic that was there before
    [InlineData("7.5", "0.3 0.4 0.5 0.6 0.7")]
    [InlineData("nonsense", "0.3 0.4 0.5 0.6 0.7")]
    [InlineData("0.5,1.3", "0.6 0.7")]
    [InlineData(null, "0.6 0.7")] // where it begins
    public Task Stream_LastEventId_RepeatsWhatIsKeptAndNotKnownToBeOlder(string? lastId, string expected) => ExpectAsync("/v1/stream", lastId, expected, "odd");

    [Theory]
    [InlineData(null, "0.5 0.6 0.7")]
    [InlineData("0.5", "0.6 0.7")]
    public Task Stream_LastEventIdInTheQuery_CountsWhereTheHeaderIsMissing(string? header, string expected) =>
        ExpectAsync("/v1/stream?lastEventId=0.4", header, expected, "odd");

    /// <summary>It had no id before the first warning, so what came until it was back was never shown.</summary>
    [Fact]
    public async Task Stream_ThatBreaksOffBeforeItsFirstWarning_Resumes()
    {
        string id;
        using (var answer = await _gateway.Http.GetAsync(new Uri("/v1/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
            id = (await ReadToAsync(reader, string.Empty)).Split('\n').Single(line => line.StartsWith("id: ", StringComparison.Ordinal))[4..];
        }

        Warn(7, "odd");

        await ExpectAsync("/v1/stream", id, "0.7", "odd");
    }

    [Fact]
    public async Task Stream_IsKeptByNobodyOnItsWay()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);

        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        answer.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
    }

    [Fact]
    public async Task Stream_OfAUser_ShowsNobodyElsesNewWarnings()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/stream?user=even", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await ReadToAsync(reader, "event: hello");

        Warn(7, "odd");
        Warn(8, "even");

        (await ReadToAsync(reader, "id: 0.8")).ShouldNotContain("odd");
    }

    /// <summary>Each had begun the silence anew: in a busy shop a quiet user's stream got no byte, until a proxy took it for dead.</summary>
    [Fact]
    public async Task Stream_OfAUser_BeatsWhileOthersAreWarned()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/stream?user=even", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await ReadToAsync(reader, "event: hello");

        var heartbeat = ReadToAsync(reader, "event: heartbeat");
        for (var second = 0; second < 45 && !heartbeat.IsCompleted; second++)
        {
            Warn(7 + second, "odd");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(heartbeat, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        heartbeat.IsCompletedSuccessfully.ShouldBeTrue();
    }

    /// <summary>They had filled the buffer of a reader that is slow for a moment, and its oldest events, the user's own, had to go.</summary>
    [Fact]
    public async Task Stream_OfAUser_LosesNothingToABurstOfOthersWarnings()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/stream?user=even", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await ReadToAsync(reader, "event: hello");

        _gateway.Warnings.Add(0, 7, new ChurnWarning { WarningId = new string('w', 1_000_000), UserId = "even" }); // more than goes out unread
        Warn(8, "even");
        for (var offset = 9; offset < 400; offset++)
        {
            Warn(offset, "odd");
        }

        await ReadToAsync(reader, "id: 0.7");
        await ReadToAsync(reader, "id: 0.8");
    }

    [Fact]
    public Task Stream_OfAUserWhoseLastWarningIsNotKept_RepeatsTheNewerOfThatUser() => ExpectAsync("/v1/stream?user=even", "0.2", "0.4 0.6 0.7", "even");

    private static Task<string> ReadToAsync(StreamReader reader, string line)
    {
        return ReadAsync().WaitAsync(TimeSpan.FromSeconds(20));

        async Task<string> ReadAsync()
        {
            var read = new List<string>();
            do
            {
                read.Add((await reader.ReadLineAsync()).ShouldNotBeNull($"the stream ended before '{line}'"));
            }
            while (!string.Equals(read[^1], line, StringComparison.Ordinal));
            return string.Join('\n', read);
        }
    }

    private async Task ExpectAsync(string path, string? lastId, string expected, string next)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        using var answer = await _gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var ids = new List<string>();
        while (!ids.Contains("0.7"))
        {
            var line = (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))).ShouldNotBeNull("the stream ended");
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                ids.Add(line[4..]);
            }
            else if (string.Equals(line, "event: hello", StringComparison.Ordinal))
            {
                Warn(7, next);
            }
        }

        string.Join(' ', ids).ShouldBe(expected);
    }

    private void Warn(int offset, string user) => _gateway.Warnings.Add(0, offset, new ChurnWarning { WarningId = $"w{offset}", UserId = user });
}
