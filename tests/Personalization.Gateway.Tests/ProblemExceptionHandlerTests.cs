using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Orleans.Runtime;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.GatewayTests;

public sealed class ProblemExceptionHandlerTests : IAsyncLifetime
{
    private const string Id = "shopper-17";
    private static readonly OrleansException Failure =
        new($"Could not reach user/{Id}.", new TimeoutException($"Response did not arrive on time in 00:00:30 for message: Request [user/{Id}]."));

    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task The_log_says_what_failed_but_not_for_whom()
    {
        _gateway.Client.GetProfileAsync(Id, Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).ThrowsAsync(Failure);

        using var answer = await _gateway.Http.GetAsync(new Uri($"/v1/users/{Id}", UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var line = _gateway.Logs.Lines.ShouldHaveSingleItem();
        line.ShouldContain("answered 503 to OrleansException of TimeoutException: The cluster did not answer in time.");
        line.ShouldNotContain(Id);
        line.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_refusal_is_counted_with_its_route_and_status_as_the_alert_on_it_asks()
    {
        var counted = new ConcurrentQueue<string>();
        var meters = _gateway.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == "http.server.request.duration" && instrument.Meter.Scope == meters)
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
            counted.Enqueue(string.Join(' ', tags.ToArray().Where(tag => tag.Key is "http.route" or "http.response.status_code").Select(tag => tag.Value).OrderBy(value => value is int))));
        listener.Start();
        _gateway.Client.GetProfileAsync(Id, Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).ThrowsAsync(Failure);

        using var answer = await _gateway.Http.GetAsync(new Uri($"/v1/users/{Id}", UriKind.Relative));

        await Wait.UntilAsync(() => !counted.IsEmpty, TimeSpan.FromSeconds(10), "the request is counted");
        counted.ShouldBe(["/v1/users/{userId} 503"]);
    }

    [Fact]
    public void The_framework_does_not_log_whose_call_was_late() =>
        _gateway.Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger(Type.GetType("Orleans.Runtime.CallbackData, Orleans.Core", throwOnError: true)!.FullName!)
            .IsEnabled(LogLevel.Critical).ShouldBeFalse();
}
