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

    /// <summary>Whoever validates options leaves what cannot be read at all to end the process with a stack.</summary>
    [Theory]
    [InlineData("Personalization__Users__SnapshotDelay", "2s")]
    [InlineData("Personalization__Inference__Provider", "cude")]
    public async Task A_value_that_cannot_be_read_ends_the_silo_with_its_name(string setting, string value)
    {
        using var data = new TemporaryDirectory();
        await using var silo = Start(new(StringComparer.Ordinal)
        {
            [setting] = value,
            ["Personalization__Storage__ConnectionString"] = $"Data Source={Path.Combine(data.Path, "silo.db")}",
        });

        await ExpectRefusalAsync(silo, 78, setting.Replace("__", ":", StringComparison.Ordinal), value);
    }

    [Theory]
    [InlineData("Personalization__Gateway__Heartbeat", "15s", "Personalization:Gateway:Heartbeat")]
    [InlineData("Personalization__Gateway__MaxEvents", "0", "MaxEvents must be between 1 and 10000")]
    [InlineData("Personalization__Kafka__Settings__no.such.setting", "1", "no.such.setting")]
    [InlineData("Personalization__Kafka__Settings__security.protocol", "TLS", "security.protocol")]
    public async Task A_bad_setting_ends_the_gateway_with_its_name(string setting, string value, string sentence)
    {
        await using var gateway = ChildProcess.Start("dotnet", [Repository.Program("client/Personalization.Gateway")], new Dictionary<string, string>(StringComparer.Ordinal) { [setting] = value });

        await ExpectRefusalAsync(gateway, 78, sentence);
    }

    [Fact]
    public async Task A_gateway_that_no_database_leads_to_its_silos_says_so()
    {
        await using var gateway = ChildProcess.Start(
            "dotnet", [Repository.Program("client/Personalization.Gateway")], new Dictionary<string, string>(StringComparer.Ordinal) { ["Personalization__Cluster__Mode"] = "adonet" });

        await ExpectRefusalAsync(gateway, 69, "Personalization:Storage:Provider=postgres");
    }

    private static ChildProcess Start(Dictionary<string, string> environment) =>
        ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "run"], environment);

    private static async Task ExpectRefusalAsync(ChildProcess process, int code, params string[] sentences)
    {
        await process.WaitForExitAsync(TimeSpan.FromSeconds(60));

        process.ExitCode.ShouldBe(code, process.Output);
        sentences.ShouldAllBe(sentence => process.Output.Contains(sentence, StringComparison.Ordinal));
        process.Output.ShouldNotContain("   at ");
    }
}
