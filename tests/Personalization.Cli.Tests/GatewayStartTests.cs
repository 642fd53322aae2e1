using System.Net;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Client;
using Personalization.Items;
using Personalization.Replay;

namespace Personalization.Cli.Tests;

/// <summary>Compose starts the gateway and the replay together.</summary>
public sealed class GatewayStartTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly IPersonalizationClient _client = Substitute.For<IPersonalizationClient>();
    private readonly List<string> _said = [];

    [Fact]
    public async Task A_gateway_that_starts_is_waited_for_and_that_is_said_once()
    {
        _client.GetCategoriesAsync(Arg.Any<CancellationToken>()).Returns<IReadOnlyList<CategoryCount>>(
            _ => throw new HttpRequestException("no such host"),
            _ => throw new PersonalizationApiException(HttpStatusCode.ServiceUnavailable, "no silo", "{}"),
            _ => throw new TaskCanceledException("too late"),
            _ => (CategoryCount[])[]);

        await WaitAsync();

        _said.ShouldBe(["The gateway does not answer yet (no such host); trying for 60 s."]);
    }

    [Fact]
    public async Task A_gateway_that_answers_at_once_is_not_spoken_of()
    {
        _client.GetCategoriesAsync(Arg.Any<CancellationToken>()).Returns((CategoryCount[])[]);

        await WaitAsync();

        _said.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_its_time_the_gateway_is_what_is_wrong()
    {
        var tries = 0;
        _client.GetCategoriesAsync(Arg.Any<CancellationToken>()).Returns<IReadOnlyList<CategoryCount>>(_ => ++tries < 500 ? throw new HttpRequestException("refused") : (CategoryCount[])[]);

        (await Should.ThrowAsync<HttpRequestException>(WaitAsync)).Message.ShouldBe("refused");

        tries.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_refusal_does_not_pass_by_waiting()
    {
        _client.GetCategoriesAsync(Arg.Any<CancellationToken>()).Returns<IReadOnlyList<CategoryCount>>(_ => throw new PersonalizationApiException(HttpStatusCode.Forbidden, "no", "{}"));

        await Should.ThrowAsync<PersonalizationApiException>(WaitAsync);

        _said.ShouldBeEmpty();
    }

    private async Task WaitAsync()
    {
        var waiting = new GatewayStart(_client, _time).WaitAsync(TimeSpan.FromMinutes(1), new Reporter<string>(_said.Add), TestContext.Current.CancellationToken);
        while (!waiting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await waiting;
    }
}
