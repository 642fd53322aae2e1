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

    [Theory]
    [InlineData(ConsoleFormatterNames.Simple)]
    [InlineData(ConsoleFormatterNames.Systemd)]
    [InlineData(ConsoleFormatterNames.Json)]
    public void A_grains_key_is_a_hash_in_what_the_console_shows(string formatter)
    {
        var written = Write(
            formatter,
            $"Dropping request to [S127.0.0.1:11111:1 user/{Shopper}@ab12]",
            new TimeoutException($"Response did not arrive on time for GrainId user/{Shopper}, sent to \"user/{Shopper}\""));

        written.ShouldNotContain(Shopper);
        written.Split("user/#" + UserHash.Of(Shopper)).Length.ShouldBe(4, written);
        written.ShouldContain("@ab12]");
        written.ShouldContain("S127.0.0.1:11111:1");
    }

    [Fact]
    public void An_id_that_JSON_escapes_is_not_shown_in_part() =>
        Write(ConsoleFormatterNames.Json, "GrainId user/jürgen@ab12", null).ShouldNotContain("rgen");

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
