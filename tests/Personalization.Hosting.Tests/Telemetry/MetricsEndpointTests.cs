using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Personalization.Telemetry;

namespace Personalization.Hosting.Tests.Telemetry;

/// <summary>What Prometheus reads, from every instrument of ours.</summary>
public sealed partial class MetricsEndpointTests
{
    [Fact]
    public async Task Boundaries_GivenByAdviceAlone_AreExported()
    {
        await using var host = await MetricsHost.StartAsync();
        var meter = host.Meters.Create(TelemetryNames.Source);
        meter.CreateHistogram("personalization.test.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00012, 7] }).Record(1);

        var exported = await host.ScrapeAsync();

        exported.Boundaries("personalization_test_duration_seconds").ShouldBe([0.00012, 7]);
    }

    [Fact]
    public async Task Boundaries_OfAllOurHistograms_AreThoseOfTheirAdvice()
    {
        await using var host = await MetricsHost.StartAsync();

        var exported = await host.ScrapeAsync();

        host.Histograms.ShouldNotBeEmpty();
        foreach (var (name, unit, boundaries) in host.Histograms)
        {
            boundaries.ShouldNotBeNull($"{name} has no advice: it would get the SDK's boundaries, which are for milliseconds.");
            exported.Boundaries(name.Replace('.', '_') + (unit is "s" ? "_seconds" : string.Empty)).ShouldBe(boundaries, name);
        }
    }

    [Theory]
    [InlineData(TelemetryNames.StorageBatchSize, typeof(Storage.StorageOptions))]
    [InlineData(TelemetryNames.InferenceBatchSize, typeof(Inference.InferenceOptions))]
    public async Task Boundaries_OfBatches_ReachTheLargestThatCanBeSet(string histogram, Type options)
    {
        await using var host = await MetricsHost.StartAsync();
        var largest = Convert.ToDouble(options.GetProperty("MaxBatch")!.GetCustomAttribute<RangeAttribute>()!.Maximum);

        host.Histograms.Single(known => known.Name == histogram).Boundaries!.Max().ShouldBe(largest);
    }

    [Theory]
    [InlineData("alerts.yaml", 7)]
    [InlineData("dashboard.json", 20)]
    public async Task Names_InTheShippedAlertsAndDashboard_AreExported(string file, int atLeast)
    {
        await using var host = await MetricsHost.StartAsync();
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Telemetry", file));

        var exported = await host.ScrapeAsync();

        var named = Metric().Matches(text).Select(match => match.Value).Distinct().ToArray();
        named.Length.ShouldBeGreaterThanOrEqualTo(atLeast);
        named.ShouldBeSubsetOf(exported.Names);
    }

    [Fact]
    public async Task Labels_ThatTheAlertsAskOthersMetricsFor_AreExported()
    {
        await using var host = await MetricsHost.StartAsync();
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Telemetry", "alerts.yaml"));

        var exported = await host.ScrapeAsync();

        var asked = Selector().Matches(text).ToArray();
        asked.ShouldNotBeEmpty();
        foreach (var selector in asked)
        {
            selector.Groups["label"].Captures.Select(label => label.Value).ShouldBeSubsetOf(exported.Labels(selector.Groups["name"].Value), selector.Value);
        }
    }

    [GeneratedRegex("\\b(?:(?:personalization|http_server)_[a-z_]+|target_info)", RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Metric();

    [GeneratedRegex("\\b(?<name>http_server_[a-z_]+|target_info)\\{(?:(?<label>[a-z_]+)[=!~]+\"[^\"]*\",? ?)+\\}", RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Selector();
}
