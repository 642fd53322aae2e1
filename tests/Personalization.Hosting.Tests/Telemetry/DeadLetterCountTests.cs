using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using Personalization.Ingestion;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Hosting.Tests.Telemetry;

/// <summary>The alert asks for an increase, and a series that begins with a burst has none.</summary>
public sealed class DeadLetterCountTests
{
    [Fact]
    public async Task Refused_events_are_counted_from_zero_for_every_code()
    {
        using var broker = EmbeddedBroker.Start();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Substitute.For<IGrainFactory>());
        builder.Services.AddSingleton(Substitute.For<ILocalUsers>());
        builder.Services.AddPersonalizationClock(builder.Configuration);
        builder.AddPersonalizationTelemetry("test");
        builder.Services.AddPersonalizationIngestion(broker.Configure);
        await using var app = builder.Build();
        app.MapPersonalizationMetrics();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        foreach (var code in new[] { "empty", "not_json", "unknown_type", "too_far_ahead", "unreadable", "damaged_state" })
        {
            await Wait.UntilAsync(
                async () => (await http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n')
                    .Any(line => line.StartsWith("personalization_ingestion_dead_letters_total{", StringComparison.Ordinal) && line.EndsWith($"code=\"{code}\"}} 0", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(30),
                code);
        }
    }
}
