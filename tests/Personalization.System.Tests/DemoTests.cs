using Personalization.Testing;

namespace Personalization.SystemTests;

public sealed class DemoTests
{
    /// <summary>It took the database of the cluster that the README has a shell set up for, and ended as SQLite's file is none.</summary>
    [Fact]
    public async Task A_demo_in_a_shell_that_is_set_up_for_a_cluster_is_on_its_own()
    {
        using var data = new TemporaryDirectory();
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        await using var demo = ChildProcess.Start(
            "dotnet",
            [Repository.Program("silo/Personalization.Silo"), "demo", "--rate", "0", "--urls", url, "--data", data.Path],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Personalization__Cluster__Mode"] = "adonet",
                ["Personalization__Storage__Provider"] = "postgres",
                ["Personalization__Storage__ConnectionString"] = $"Host=127.0.0.1;Port={FreePort.Next()};Username=nobody;Timeout=1",
                ["Personalization__Storage__StartupTimeout"] = "00:00:00",
            });

        await demo.WaitUntilReadyAsync(new Uri(url), TimeSpan.FromMinutes(2));
    }
}
