using NSubstitute;
using Personalization.Cli.Commands;
using Personalization.Client;
using Personalization.Operations;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Cli.Tests;

/// <summary>What <c>verify --wait</c> makes of the gateway's answers.</summary>
public sealed class VerifyLagTests
{
    private readonly IPersonalizationClient _client = Substitute.For<IPersonalizationClient>();

    /// <summary>One answer that took too long ended a wait of minutes.</summary>
    [Fact]
    public async Task An_answer_that_is_late_leaves_the_lag_unknown()
    {
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns<ClusterStatus>(
            _ => throw new TaskCanceledException("late"), _ => throw new HttpRequestException("refused"), _ => new ClusterStatus { Silos = [new SiloStatus { Name = "s", Address = "a", ConsumerLag = 3 }] });

        (await VerifyCommand.GatewayLagAsync(_client, CancellationToken.None)).ShouldBeNull();
        (await VerifyCommand.GatewayLagAsync(_client, CancellationToken.None)).ShouldBeNull();
        (await VerifyCommand.GatewayLagAsync(_client, CancellationToken.None)).ShouldBe(3);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_let_go()
    {
        var stopped = new CancellationToken(canceled: true);
        _client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns<ClusterStatus>(_ => throw new OperationCanceledException(stopped));

        await Should.ThrowAsync<OperationCanceledException>(() => VerifyCommand.GatewayLagAsync(_client, stopped));
    }
}
