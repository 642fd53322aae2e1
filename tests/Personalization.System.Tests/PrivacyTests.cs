using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>Nothing that runs here reports to anybody.</summary>
public sealed class PrivacyTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_silo_with_a_model_keeps_no_id_of_its_machine_for_the_makers_of_its_libraries()
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        await using var silo = ChildProcess.Start(
            "dotnet",
            [Repository.Program("silo/Personalization.Silo"), "demo", "--rate", "0", "--urls", url, "--data", Path.Combine(_home.Path, "data")],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOME"] = _home.Path,
                ["XDG_CACHE_HOME"] = _home.Path,

                // Continuous integration is spared the reports.
                ["CI"] = "",
                ["TF_BUILD"] = "",
                ["GITHUB_ACTIONS"] = "",
            });
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await Wait.UntilAsync(async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode, TimeSpan.FromMinutes(2), "the silo is ready");

        Directory.EnumerateFiles(_home.Path, "*", SearchOption.AllDirectories).Where(file => file.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
    }
}
