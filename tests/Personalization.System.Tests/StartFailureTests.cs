using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>A start that cannot succeed says what to do.</summary>
public sealed class StartFailureTests
{
    [Fact]
    public async Task A_database_that_is_not_there_ends_the_silo_with_a_sentence()
    {
        await using var silo = Start(new(StringComparer.Ordinal)
        {
            ["Personalization__Storage__Provider"] = "postgres",
            ["Personalization__Storage__ConnectionString"] = $"Host=127.0.0.1;Port={FreePort.Next()};Username=nobody;Timeout=1",
            ["Personalization__Storage__StartupTimeout"] = "00:00:00",
        });

        await silo.WaitForExitAsync(TimeSpan.FromSeconds(60));

        silo.ExitCode.ShouldBe(69);
        silo.Output.ShouldContain("Personalization:Storage:ConnectionString");
        silo.Output.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_bad_setting_ends_the_silo_with_its_name()
    {
        await using var silo = Start(new(StringComparer.Ordinal) { ["Personalization__Storage__Provider"] = "oracle" });

        await silo.WaitForExitAsync(TimeSpan.FromSeconds(60));

        silo.ExitCode.ShouldBe(78);
        silo.Output.ShouldContain("Personalization:Storage:Provider must be 'sqlite' or 'postgres'.");
    }

    private static ChildProcess Start(Dictionary<string, string> environment) =>
        ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "run"], environment);
}
