using System.Text.RegularExpressions;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>What the images are made of: the projects as their Dockerfiles publish them.</summary>
public sealed partial class ImageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("silo", "run", "--help")]
    [InlineData("cli", "--help")]
    [InlineData("gateway")]
    public async Task Publish_GivesWhatTheImageStarts(string image, params string[] arguments)
    {
        var dockerfile = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra", "docker", $"{image}.Dockerfile"), TestContext.Current.CancellationToken);
        var project = Publish().Match(dockerfile).Groups["project"].Value;
        var program = EntryPoint().Match(dockerfile).Groups["program"].Value;

        // The tests' own build is what is published: it is of the same configuration.
        await ChildProcess.RunAsync("dotnet", ["publish", Path.Combine(Repository.Root, project), "-c", "Release", "--no-build", "-nodereuse:false", "--nologo", "-o", _directory.Path]);

        File.Exists(Path.Combine(_directory.Path, program)).ShouldBeTrue();
        File.Exists(Path.Combine(_directory.Path, "appsettings.json")).ShouldBe(image != "cli");
        if (arguments.Length > 0)
        {
            (await ChildProcess.RunAsync("dotnet", [Path.Combine(_directory.Path, program), .. arguments])).ShouldContain("Usage:");
        }
    }

    [GeneratedRegex(@"RUN dotnet publish (?<project>\S+) -c Release -o /app\n", RegexOptions.None, 1_000)]
    private static partial Regex Publish();

    [GeneratedRegex(@"ENTRYPOINT \[""dotnet"", ""(?<program>[^""]+)""", RegexOptions.None, 1_000)]
    private static partial Regex EntryPoint();
}
