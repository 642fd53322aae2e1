using System.Text.Json;
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

    /// <summary>Both would give a native library of one name, and neither none.</summary>
    [Theory]
    [InlineData(null, "Microsoft.ML.OnnxRuntime")]
    [InlineData("Cpu", "Microsoft.ML.OnnxRuntime")]
    [InlineData("Gpu", "Microsoft.ML.OnnxRuntime.Gpu")]
    public async Task The_property_swaps_the_package(string? runtime, string package) => (await OnnxPackagesAsync(runtime)).ShouldBe([package]);

    [Fact]
    public async Task The_image_for_GPUs_publishes_the_silo_with_the_property_that_swaps_the_package_and_starts_what_it_publishes()
    {
        var dockerfile = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra", "docker", "silo-gpu.Dockerfile"), TestContext.Current.CancellationToken);
        var publish = PublishForGpus().Match(dockerfile);
        publish.Success.ShouldBeTrue();
        var project = Path.Combine(Repository.Root, publish.Groups["project"].Value);

        Directory.GetFiles(project, "*.csproj").ShouldHaveSingleItem();
        (await OnnxPackagesAsync(publish.Groups["runtime"].Value, publish.Groups["property"].Value)).ShouldBe(["Microsoft.ML.OnnxRuntime.Gpu"]);
        var name = await ChildProcess.RunAsync("dotnet", ["msbuild", project, "-getProperty:AssemblyName", "-nodereuse:false", "-nologo"]);
        EntryPointOfAProgram().Match(dockerfile).Groups["program"].Value.ShouldBe(name.Trim());
    }

    // The engine's packages of ONNX Runtime as its project has them when it is built that way.
    private static async Task<string[]> OnnxPackagesAsync(string? runtime, string property = "OnnxRuntime")
    {
        var engine = Path.Combine(Repository.Root, "src", "Personalization.Inference");
        var items = await ChildProcess.RunAsync(
            "dotnet", ["msbuild", engine, "-getItem:PackageReference", "-nodereuse:false", "-nologo", .. runtime is null ? [] : (string[])[$"-p:{property}={runtime}"]]);
        using var document = JsonDocument.Parse(items);
        return
        [
            .. document.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString()!)
                .Where(name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)),
        ];
    }

    [GeneratedRegex(@"RUN dotnet publish (?<project>\S+) -c Release -p:(?<property>\w+)=(?<runtime>\w+) --runtime linux-x64 --self-contained -o /app\n", RegexOptions.None, 1_000)]
    private static partial Regex PublishForGpus();

    [GeneratedRegex(@"ENTRYPOINT \[""\./(?<program>[^""]+)""", RegexOptions.None, 1_000)]
    private static partial Regex EntryPointOfAProgram();

    [GeneratedRegex(@"RUN dotnet publish (?<project>\S+) -c Release -o /app\n", RegexOptions.None, 1_000)]
    private static partial Regex Publish();

    [GeneratedRegex(@"ENTRYPOINT \[""dotnet"", ""(?<program>[^""]+)""", RegexOptions.None, 1_000)]
    private static partial Regex EntryPoint();
}
