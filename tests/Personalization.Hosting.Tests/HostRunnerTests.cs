using Microsoft.AspNetCore.Builder;
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

    private static WebApplication Build(params Service[] services)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
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
