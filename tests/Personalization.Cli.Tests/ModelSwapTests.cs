using System.CommandLine;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Cli.Commands;
using Personalization.Client;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Replay;
using Personalization.Testing;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Cli.Tests;

public sealed class ModelSwapTests
{
    private static readonly ModelRef One = new("shop", "1");
    private static readonly ModelRef Two = new("shop", "2");

    private readonly FakeTimeProvider _time = new();
    private readonly IPersonalizationClient _client = Substitute.For<IPersonalizationClient>();
    private readonly List<string> _said = [];

    [Fact]
    public async Task Waits_until_every_silo_with_an_engine_serves_it_itself_or_in_its_variant()
    {
        var users = new SiloStatus { Name = "users", Address = "users", Model = new ModelStatus() };
        Answers(
            [users, Silo("a", One), Silo("b", One)],
            [users, Silo("a", Two), Silo("b", One)],
            [users, Silo("a", Two), Silo("b", new ModelRef("shop", "2-int8"), chosen: Two)]);

        var silos = await WaitAsync(Silo("a", One), Silo("b", One));

        silos.Select(silo => silo.Name).ShouldBe(["a", "b"]);
        silos.ShouldAllBe(silo => ModelSwap.Serves(silo, Two));
        _said.ShouldBe(["0 of 2 silos serve it.", "1 of 2 silos serve it."]);
    }

    [Fact]
    public void A_variant_by_its_own_name_is_what_a_silo_serves_in_the_place_of_its_version()
    {
        var silo = Silo("a", new ModelRef("shop", "2-int8"), chosen: Two);

        ModelSwap.Serves(silo, new ModelRef("shop", "2-int8")).ShouldBeTrue();
        ModelSwap.Serves(silo, Two).ShouldBeTrue();
        ModelSwap.Serves(silo, One).ShouldBeFalse();
    }

    [Fact]
    public async Task A_silo_that_refuses_it_is_told_from_one_that_still_loads()
    {
        Answers(
            [Silo("a", One), Silo("b", One, error: "2: the graph fails")],
            [Silo("a", Two), Silo("b", One, error: "2: the graph fails")]);

        var silos = await WaitAsync(Silo("a", One), Silo("b", One));

        silos.Single(silo => !ModelSwap.Serves(silo, Two)).Model.Error.ShouldBe("2: the graph fails");
    }

    [Fact]
    public async Task An_error_from_before_is_no_refusal_and_after_the_timeout_it_is_told()
    {
        Answers([Silo("a", Two), Silo("b", One, error: "an old trouble")]);

        var message = (await Should.ThrowAsync<TimeoutException>(() => WaitAsync(Silo("a", One), Silo("b", One, error: "an old trouble")))).Message;

        message.ShouldContain("After 60 s 1 of 2 silos serve it.");
        message.ShouldContain("b: an old trouble");
    }

    /// <summary>A request that took too long had ended the wait, long before its time.</summary>
    [Fact]
    public async Task A_gateway_that_is_away_for_a_moment_is_asked_again()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(
            _ => throw new HttpRequestException("refused"), _ => throw new TaskCanceledException("too late"), _ => new ClusterStatus { Silos = [Silo("a", Two)] });

        (await WaitAsync(Silo("a", One))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_gateway_that_stays_away_is_what_the_timeout_tells()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns<ClusterStatus>(_ => throw new TaskCanceledException("too late"));

        (await Should.ThrowAsync<TimeoutException>(() => WaitAsync(Silo("a", One)))).Message.ShouldContain("as the gateway does not answer");
    }

    [Fact]
    public async Task Who_stops_does_not_wait()
    {
        using var stopping = new CancellationTokenSource();
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns<ClusterStatus>(_ =>
        {
            stopping.Cancel();
            throw new OperationCanceledException(stopping.Token);
        });

        await Should.ThrowAsync<OperationCanceledException>(() => new ModelSwap(_client, new ClusterStatus(), _time).WaitAsync(
            Two, TimeSpan.FromMinutes(1), new Reporter<string>(_said.Add), stopping.Token).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    /// <summary>It is missing among the silos, so all of them served the model while it went on with the old one.</summary>
    [Fact]
    public async Task A_silo_that_does_not_answer_is_waited_for()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(
            new ClusterStatus { Silos = [Silo("a", Two)], Silent = 2 },
            new ClusterStatus { Silos = [Silo("a", Two), Silo("b", One)], Silent = 1 },
            new ClusterStatus { Silos = [Silo("a", Two), Silo("b", Two), Silo("c", Two)] });

        (await WaitAsync(Silo("a", One), Silo("b", One), Silo("c", One))).Length.ShouldBe(3);

        _said.ShouldBe(["1 of 1 silos serve it, and 2 more do not answer.", "1 of 2 silos serve it, and one more does not answer."]);
    }

    [Fact]
    public async Task A_silo_that_never_answers_is_told_after_the_timeout()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [Silo("a", Two)], Silent = 1 });

        (await Should.ThrowAsync<TimeoutException>(() => WaitAsync(Silo("a", One)))).Message.ShouldContain("After 60 s 1 of 1 silos serve it, and one more does not answer.");
    }

    [Theory]
    [InlineData("2", null, "30s", ExitCodes.Ok)]
    [InlineData("1", "2: the graph fails", "30s", ExitCodes.Different)]
    [InlineData("1", null, "1ms", ExitCodes.Unavailable)]
    [InlineData("1", null, "0s", ExitCodes.Ok)]
    public async Task The_exit_code_of_activate_says_what_the_silos_did(string serves, string? error, string wait, int code)
    {
        using var gateway = new HttpListener();
        var url = $"http://127.0.0.1:{FreePort.Next()}/";
        gateway.Prefixes.Add(url);
        gateway.Start();
        var chosen = false;
        var answering = Task.Run(async () =>
        {
            while (true)
            {
                var context = await gateway.GetContextAsync();
                if (context.Request.HttpMethod == "POST")
                {
                    (chosen, context.Response.StatusCode) = (context.Request.Url!.AbsolutePath == "/v1/models/shop/2/activate", 202);
                }
                else
                {
                    var status = new ClusterStatus { Silos = [chosen ? Silo("a", new ModelRef("shop", serves), error: error) : Silo("a", One)] };
                    await JsonSerializer.SerializeAsync(context.Response.OutputStream, status, PersonalizationJson.Options);
                }

                context.Response.Close();
            }
        });

        var root = new RootCommand { ModelCommand.Create() };
        var exit = await root.Parse(["model", "activate", "shop", "2", "--wait", wait, "--url", url]).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);

        exit.ShouldBe(code);
        chosen.ShouldBeTrue();
        gateway.Close();
        await Should.ThrowAsync<Exception>(answering);
    }

    private static SiloStatus Silo(string name, ModelRef active, ModelRef? chosen = null, string? error = null) => new()
    {
        Name = name,
        Address = name,
        Model = new ModelStatus { Active = active, Chosen = chosen ?? active, Error = error, Provider = "cpu" },
    };

    private void Answers(params SiloStatus[][] silos)
    {
        var statuses = silos.Select(silo => new ClusterStatus { Silos = silo }).ToArray();
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(statuses[0], statuses[1..]);
    }

    private async Task<SiloStatus[]> WaitAsync(params SiloStatus[] before)
    {
        var waiting = new ModelSwap(_client, new ClusterStatus { Silos = before }, _time).WaitAsync(Two, TimeSpan.FromMinutes(1), new Reporter<string>(_said.Add), TestContext.Current.CancellationToken);
        while (!waiting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await waiting;
    }
}
