using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;
using Personalization.Inference.Routing;
using Personalization.Models;

namespace Personalization.Inference.Tests.Support;

/// <summary>Makes engines and questions.</summary>
internal static class TestEngine
{
    public static InferenceInstruments Instruments { get; } = new(
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    public static RoutingInstruments Routing { get; } = new(
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    public static OnnxModelRunnerFactory Runners(InferenceOptions? options = null) =>
        new(Options.Create(options ?? new InferenceOptions()), NullLogger<OnnxModelRunnerFactory>.Instance);

    public static InferenceEngine Create(
        ModelPackage package, IModelRunner runner, InferenceOptions options, TimeProvider? time = null, IItemCatalog? catalog = null) =>
        new(
            package,
            runner,
            catalog ?? new ItemCatalog(),
            options,
            time ?? TimeProvider.System,
            Instruments,
            NullLogger<InferenceEngine>.Instance);

    public static EngineServices Services(int maxLength = 50, TimeProvider? time = null)
    {
        var (buckets, clock) = (new LengthBuckets(maxLength), time ?? TimeProvider.System);
        return new EngineServices(buckets, new RunCost(buckets.Count), LastRuns: null, clock, Instruments.Of(new ModelRef("fake", "1")), NullLogger.Instance);
    }

    public static InferenceRequest Ask(params string[] items) => new()
    {
        ItemIds = items,
        Types = [.. items.Select(_ => EventType.View)],
        Timestamps = [.. items.Select((_, i) => i * 60_000L)],
        Now = items.Length * 60_000L,
        Count = 3,
        Budget = TimeSpan.FromSeconds(30),
    };
}
