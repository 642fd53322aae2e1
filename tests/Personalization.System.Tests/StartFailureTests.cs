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

    [Fact]
    public async Task A_setting_out_of_its_range_ends_the_silo_with_a_sentence()
    {
        using var data = new TemporaryDirectory();
        await using var silo = Start(new(StringComparer.Ordinal)
        {
            ["Personalization__Inference__MaxBatch"] = "0",
            ["Personalization__Users__MaxUsersAtRest"] = "-1",
            ["Personalization__Storage__ConnectionString"] = $"Data Source={Path.Combine(data.Path, "silo.db")}",
        });

        await silo.WaitForExitAsync(TimeSpan.FromSeconds(60));

        silo.ExitCode.ShouldBe(78, silo.Output);
        silo.Output.ShouldContain("MaxBatch must be between 1 and 256");
        silo.Output.ShouldContain("MaxUsersAtRest");
        silo.Output.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_provider_that_is_not_there_ends_the_silo_before_it_joins_and_says_what_to_install()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidiactl"), "There is a GPU.");
        using var data = new TemporaryDirectory();
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["Personalization__Inference__Provider"] = "Cuda",
            ["Personalization__Storage__ConnectionString"] = $"Data Source={Path.Combine(data.Path, "silo.db")}",
        };
        await using var silo = Start(environment);

        await silo.WaitForExitAsync(TimeSpan.FromSeconds(60));

        silo.ExitCode.ShouldBe(78, silo.Output);
        silo.Output.ShouldContain("Personalization:Inference:Provider is 'Cuda', but it cannot be used.");
        silo.Output.ShouldContain("install the NVIDIA driver, CUDA 13 and cuDNN 9", Case.Insensitive);
        silo.Output.ShouldNotContain("   at ");
        silo.Output.ShouldNotContain("Orleans");
    }

    private static ChildProcess Start(Dictionary<string, string> environment) =>
        ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "run"], environment);
}
