using System.Net;
using Microsoft.Extensions.Time.Testing;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client.Tests;

/// <summary>A gateway that is cut off never answers: its callers had waited for a minute and a half, whatever their timeout was.</summary>
public sealed class HttpClientTimeoutTests : IDisposable
{
    private const string Answer = """{"userId":"u1","recommendationId":"r1","source":"trending","items":[]}""";
    private static readonly string[] Names = ["recommend", "recommend much", "rank", "profile", "history", "churn"];
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeTimeProvider _time = new();
    private readonly AnsweringHandler _gateway = new();
    private readonly HttpClient _http;
    private readonly HttpPersonalizationClient _client;

    public HttpClientTimeoutTests()
    {
        _http = new HttpClient(_gateway) { BaseAddress = new Uri("http://gateway/") };
        _client = new HttpPersonalizationClient(_http, new VersionMemory(1), _time);
    }

    public static TheoryData<string> Reads => [.. Names];

    public void Dispose() => _http.Dispose();

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_read_that_is_never_answered_ends_two_seconds_after_its_timeout(string name)
    {
        _gateway.AnswerNever();
        var read = ReadAsync(name, Timeout);

        _time.Advance(Timeout + TimeSpan.FromMilliseconds(1_999));
        read.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Should.ThrowAsync<TimeoutException>(() => read).WaitAsync(Patience);
    }

    /// <summary>The cluster takes the nearest that it allows; the HTTP API had refused them, or got a number that had overflowed.</summary>
    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(30_000, 10_000)]
    [InlineData(double.PositiveInfinity, 10_000)]
    public async Task A_timeout_that_no_gateway_takes_is_asked_as_the_nearest(double milliseconds, int asked)
    {
        var timeout = double.IsInfinity(milliseconds) ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(milliseconds);
        foreach (var name in Names)
        {
            _gateway.Answer(HttpStatusCode.OK, Answer);
            await ReadAsync(name, timeout);

            var (method, path, body) = _gateway.Asked[^1];
            (method == HttpMethod.Get ? path : body).ShouldMatch($"timeoutMs\"?[=:]{asked}\\b");
        }
    }

    private Task ReadAsync(string name, TimeSpan timeout) => name switch
    {
        "recommend" => _client.RecommendAsync("u1", new RecommendationRequest { Timeout = timeout }),
        "recommend much" => _client.RecommendAsync("u1", new RecommendationRequest { Timeout = timeout, ExcludeItems = [new string('i', 5_000)] }),
        "rank" => _client.RankAsync("u1", new RankRequest { ItemIds = ["i1"], Timeout = timeout }),
        "profile" => _client.GetProfileAsync("u1", new UserQuery { Timeout = timeout }),
        "history" => _client.GetHistoryAsync("u1", new HistoryQuery { Timeout = timeout }),
        _ => _client.GetChurnAsync("u1", new UserQuery { Timeout = timeout }),
    };
}
