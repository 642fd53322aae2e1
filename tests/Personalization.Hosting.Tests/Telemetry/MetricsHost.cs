using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Trending;

namespace Personalization.Hosting.Tests.Telemetry;

/// <summary>The real endpoint over every instruments class of ours, each instrument measured once.</summary>
internal sealed class MetricsHost : IAsyncDisposable
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
    private static readonly string[] Parts = ["Grains", "Inference", "Ingestion", "Storage"];
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private MetricsHost(WebApplication app)
    {
        _app = app;
        _http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        foreach (var type in Parts.SelectMany(part => Assembly.Load("Personalization." + part).GetTypes()).Where(IsMade))
        {
            var instruments = ActivatorUtilities.CreateInstance(app.Services, type);
            if (type.GetMethod("Observe") is { } observe)
            {
                observe.Invoke(instruments, Array.ConvertAll(observe.GetParameters(), Observed));
            }

            foreach (var field in type.GetFields(Any).Where(field => field.FieldType.IsAssignableTo(typeof(Instrument))))
            {
                Measure((Instrument)field.GetValue(instruments)!);
            }
        }
    }

    public IMeterFactory Meters => _app.Services.GetRequiredService<IMeterFactory>();

    public List<(string Name, string? Unit, double[]? Boundaries)> Histograms { get; } = [];

    public static async Task<MetricsHost> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new TrendingDelta(new TrendingOptions()));
        builder.AddPersonalizationTelemetry("test");
        var app = builder.Build();
        app.MapPersonalizationMetrics();
        app.MapGet("/v1/there", () => "yes");
        await app.StartAsync();
        var host = new MetricsHost(app);
        await host._http.GetStringAsync(new Uri("/v1/there", UriKind.Relative));
        return host;
    }

    public async Task<ExportedMetrics> ScrapeAsync() => new(await ReadAsync());

    // Prometheus asks for this format, which alone has what is known of the process.
    private async Task<string> ReadAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative));
        request.Headers.Accept.ParseAdd("application/openmetrics-text;version=1.0.0");
        using var answer = await _http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    // By the container: what only adds a tag to another's instruments asks for those.
    private static bool IsMade(Type type) =>
        type.Name.EndsWith("Instruments", StringComparison.Ordinal) && type.GetConstructors(Any)[0].GetParameters().Any(parameter => parameter.ParameterType == typeof(IMeterFactory));

    private static object Observed(ParameterInfo figure) =>
        figure.ParameterType == typeof(Func<int>) ? () => 1 : () => new[] { new Measurement<long>(1) }.AsEnumerable();

    private void Measure(Instrument instrument)
    {
        switch (instrument)
        {
            case Counter<long> counter: counter.Add(1); break;
            case UpDownCounter<long> counter: counter.Add(1); break;
            case Gauge<double> gauge: gauge.Record(1); break;
            case Histogram<double> histogram: Add(histogram, 1); break;
            case Histogram<int> histogram: Add(histogram, 1); break;
            default: throw new NotSupportedException($"{instrument.Name} is a {instrument.GetType().Name}: measure it here.");
        }
    }

    private void Add<T>(Histogram<T> histogram, T value)
        where T : struct
    {
        histogram.Record(value);
        Histograms.Add((histogram.Name, histogram.Unit, histogram.Advice?.HistogramBucketBoundaries?.Select(bound => Convert.ToDouble(bound)).ToArray()));
    }
}
