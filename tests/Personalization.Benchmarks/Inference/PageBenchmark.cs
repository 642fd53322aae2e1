using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference.Packages;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Benchmarks.Inference;

/// <summary>Pages of three shelves: a click, then the shelves of one shopper at once; each with a run of its own, and as they are served.</summary>
internal sealed class PageBenchmark(InferenceBenchmarkOptions options, string packages, Action<ItemCatalog> fill)
{
    private const double PerSecond = 1_000;

    private static readonly RecommendationRequest[] Shelves =
        [new() { Count = 10 }, new() { Count = 20, Categories = ["c1", "c2", "c3"] }, new() { Count = 6, Categories = ["c7"] }];

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up between measurements.</param>
    /// <returns>Completes when it is printed.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine($"pages: a click, then {Shelves.Length} shelves at once");
        await MeasureAsync("each with its run", TimeSpan.Zero, cancellationToken);
        await MeasureAsync("one run for a page", new Personalization.Inference.InferenceOptions().ReuseFor, cancellationToken);
    }

    private async Task MeasureAsync(string name, TimeSpan reuseFor, CancellationToken cancellationToken)
    {
        using var host = await ServingSilo.StartAsync(
            packages, inference => (inference.Workers, inference.Version, inference.ReuseFor) = (options.Workers, "1", reuseFor));
        var package = ModelPackageLoader.Load(Path.Combine(packages, SwapPackages.Name, "1"));
        fill(host.Services.GetRequiredService<ItemCatalog>());
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var users = new UserAddresses(grains);
        var local = host.Services.GetRequiredService<ILocalShelves>();
        var shoppers = new Shoppers(options.Users, package.Vocabulary, package.Manifest.MaxLength);
        await shoppers.FillAsync(grains, TimeProvider.System.GetUtcNow());
        using var meter = new EngineMeter();
        var load = new Load(PageAsync);
        await load.ClosedAsync(options.Callers / Shelves.Length, options.Span);
        cancellationToken.ThrowIfCancellationRequested();

        var most = await load.ClosedAsync(options.Callers / Shelves.Length, options.Span, meter.Start);
        Print("maximum", most);
        Print($"{PerSecond:N0}/s", await load.OpenAsync(PerSecond, options.Span, meter.Start));
        await host.StopAsync(CancellationToken.None);

        void Print(string what, Outcome outcome) => Console.WriteLine(
            $"  {name}, {what}: {outcome.PerSecond:N0} pages/s   {outcome.Latencies}   {outcome.Results()}   {meter.Rows / (double)outcome.Sent:0.00} rows of the model a page, processor {meter.CpuMicroseconds(outcome.Sent):0} us a page");

        async Task<Reply> PageAsync(int number)
        {
            var id = Shoppers.IdOf(number % options.Users);
            var user = users.Of(id);
            var click = new BehaviorEvent
            {
                EventId = $"page-{number}",
                UserId = id,
                ItemId = package.Vocabulary[1 + (number % package.Vocabulary.Count)],
                Type = EventType.Click,
                Timestamp = TimeProvider.System.GetUtcNow(),
            };
            await user.Append(new EventBatch("benchmark", 1, [new PositionedEvent(number, click)]));
            var shelves = await Task.WhenAll(Shelves.Select(request => Task.Run(() => local.RecommendAsync(id, user, request, CancellationToken.None))));
            return new Reply(shelves.Select(shelf => shelf.FallbackReason?.ToString()).FirstOrDefault(reason => reason is not null) ?? Reply.Model);
        }
    }
}
