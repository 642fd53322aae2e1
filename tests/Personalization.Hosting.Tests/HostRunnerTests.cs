using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Personalization.Hosting.Tests;

public sealed class HostRunnerTests
{
    /// <summary>As SIGTERM does it, which the host hears itself, while a gateway waits for silos or a silo warms its model up.</summary>
    [Fact]
    public async Task A_host_that_is_stopped_while_it_starts_ends_with_0_and_what_has_started_stops()
    {
        var (first, second) = (new Service(_ => Task.CompletedTask), new Service(token => Task.Delay(Timeout.Infinite, token)));
        var app = Build(first, second);
        var running = HostRunner.RunAsync(() => Task.FromResult(app), CancellationToken.None);
        await second.Starting.Task.WaitAsync(TimeSpan.FromSeconds(30));

        app.Lifetime.StopApplication();

        (await running.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
        first.IsStopped.ShouldBeTrue();
    }

    [Fact]
    public async Task What_stops_badly_after_such_a_start_does_not_hide_that_it_was_stopped()
    {
        var service = new Service(token => Task.Delay(Timeout.Infinite, token)) { Stop = () => throw new InvalidOperationException("It had not started.") };
        var app = Build(service);
        var running = HostRunner.RunAsync(() => Task.FromResult(app), CancellationToken.None);
        await service.Starting.Task.WaitAsync(TimeSpan.FromSeconds(30));

        app.Lifetime.StopApplication();

        (await running.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
    }

    [Fact]
    public async Task A_start_that_is_cancelled_by_nobody_who_stops_it_is_a_failure()
    {
        var app = Build(new Service(_ => throw new OperationCanceledException("Some call inside gave up.")));

        await Should.ThrowAsync<OperationCanceledException>(() => HostRunner.RunAsync(() => Task.FromResult(app), CancellationToken.None));

        await app.DisposeAsync();
    }

    /// <summary>Of the port that is in use the server says so in a way of its own; of these not.</summary>
    /// <param name="url">What it is to listen on: no address, one with a path, one of another machine (RFC 5737).</param>
    /// <param name="code">The exit code.</param>
    [Theory]
    [InlineData("127.0.0.1:8080", 78)]
    [InlineData("http://127.0.0.1:0/shop", 78)]
    [InlineData("http://192.0.2.1:8080", 69)]
    public async Task An_address_that_cannot_be_listened_on_is_an_exit_code_and_no_stack(string url, int code)
    {
        var app = Build(url);

        (await HostRunner.RunAsync(() => Task.FromResult(app), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(code);
    }

    /// <summary>As Orleans says it of a silo's ports; two silos on a machine have the same ones by default.</summary>
    [Fact]
    public async Task A_port_of_the_silo_that_is_in_use_is_an_exit_code_and_no_stack()
    {
        var app = Build(new Service(_ => throw new AddressInUseException("Address already in use", new SocketException())));

        (await HostRunner.RunAsync(() => Task.FromResult(app), CancellationToken.None)).ShouldBe(69);
    }

    private static WebApplication Build(params Service[] services) => Build("http://127.0.0.1:0", services);

    private static WebApplication Build(string url, params Service[] services)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        foreach (var service in services)
        {
            builder.Services.AddSingleton<IHostedService>(service);
        }

        return builder.Build();
    }

    private sealed class Service(Func<CancellationToken, Task> start) : IHostedService
    {
        public TaskCompletionSource Starting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action Stop { get; init; } = () => { };

        public bool IsStopped { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Starting.SetResult();
            return start(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            IsStopped = true;
            Stop();
            return Task.CompletedTask;
        }
    }
}
