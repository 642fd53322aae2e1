using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Personalization.Users;

namespace Personalization.Hosting.Tests.Telemetry;

/// <summary>An erasure does not reach a log, so no shopper is named there.</summary>
public sealed class LogRedactionTests
{
    private const string Shopper = "anna.k";
    private const string Activation = "@0f8fad5bd9cb469fa16570867728950e";

    [Theory]
    [InlineData(ConsoleFormatterNames.Simple)]
    [InlineData(ConsoleFormatterNames.Systemd)]
    [InlineData(ConsoleFormatterNames.Json)]
    public void A_grains_key_is_a_hash_in_what_the_console_shows(string formatter)
    {
        var written = Write(
            formatter,
            $"Dropping request to [S127.0.0.1:11111:1 user/{Shopper}{Activation}]",
            new TimeoutException($"Response did not arrive on time for GrainId user/{Shopper}, sent to \"user/{Shopper}\""));

        written.ShouldNotContain(Shopper);
        written.Split("user/#" + UserHash.Of(Shopper)).Length.ShouldBe(4, written);
        written.ShouldContain(Activation + "]");
        written.ShouldContain("S127.0.0.1:11111:1");
    }

    [Theory]
    [InlineData(ConsoleFormatterNames.Simple, "anna@example.com")]
    [InlineData(ConsoleFormatterNames.Json, "anna@example.com")]
    [InlineData(ConsoleFormatterNames.Json, "jürgen+shop@example.com")]
    [InlineData(ConsoleFormatterNames.Simple, "@anna")]
    public void An_id_that_is_an_address_or_that_JSON_escapes_is_shown_by_its_hash_alone(string formatter, string shopper)
    {
        var hash = "user/#" + UserHash.Of(shopper);

        var written = Write(formatter, $"Dropping request to user/{shopper}{Activation} GrainId user/{shopper}, late", null);

        written.ShouldContain($"Dropping request to {hash}{Activation} GrainId {hash}, late");
    }

    [Fact]
    public void What_names_nobody_stays_as_it_is() => Write(ConsoleFormatterNames.Simple, "GET /v1/users/count took 3 ms", null).ShouldContain("GET /v1/users/count took 3 ms");

    private static string Write(string name, string message, Exception? exception)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddPersonalizationTelemetry("test");
        using var services = builder.Services.BuildServiceProvider();
        var formatter = services.GetServices<ConsoleFormatter>().Single(known => known.Name == name);
        using var written = new StringWriter();
        formatter.Write(new LogEntry<string>(LogLevel.Warning, "Test", default, message, exception, static (state, _) => state), scopeProvider: null, written);
        return written.ToString();
    }
}
