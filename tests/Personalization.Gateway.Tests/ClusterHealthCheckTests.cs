using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Orleans.Runtime;
using Personalization.Gateway;
using Personalization.Operations;

namespace Personalization.GatewayTests;

public sealed class ClusterHealthCheckTests
{
    private readonly IClusterGrain _cluster = Substitute.For<IClusterGrain>();
    private readonly FakeTimeProvider _time = new();
    private readonly IHostApplicationLifetime _lifetime = Substitute.For<IHostApplicationLifetime>();
    private int _calls;

    [Fact]
    public async Task One_silo_that_answers_makes_it_ready_at_once_while_others_hang_or_fail()
    {
        Answer(call => call switch { 1 => Hanging(), 8 => Task.FromResult(SiloAddress.Zero), _ => Task.FromException<SiloAddress>(new TimeoutException()) });

        // The clock stands still: nothing is waited for.
        (await CheckAsync()).ShouldBe(HealthStatus.Healthy);
        await _cluster.DidNotReceive().GetStatus();
    }

    [Fact]
    public async Task Silos_that_all_hang_make_it_unready_within_the_time_of_a_probe()
    {
        Answer(_ => Hanging());

        var check = CheckAsync();
        check.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(900));

        (await check).ShouldBe(HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task Silos_that_all_fail_make_it_unready()
    {
        Answer(_ => throw new InvalidOperationException("There is no connection yet."));

        (await CheckAsync()).ShouldBe(HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task A_gateway_that_stops_is_not_ready()
    {
        _lifetime.ApplicationStopping.Returns(new CancellationToken(canceled: true));

        (await CheckAsync()).ShouldBe(HealthStatus.Unhealthy);
    }

    private static Task<SiloAddress> Hanging() => new TaskCompletionSource<SiloAddress>().Task;

    private void Answer(Func<int, Task<SiloAddress>> answer) => _cluster.Ping(Arg.Any<CancellationToken>()).Returns(_ => answer(++_calls));

    private async Task<HealthStatus> CheckAsync()
    {
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<IClusterGrain>(Arg.Any<long>()).Returns(_cluster);
        var check = new ClusterHealthCheck(grains, _lifetime, _time).CheckHealthAsync(new HealthCheckContext());
        return (await check.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Status;
    }
}
