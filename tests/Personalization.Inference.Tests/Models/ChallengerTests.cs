using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Tests.Support;
using Personalization.Models;
using Personalization.Telemetry;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Models;

public sealed class ChallengerTests : IAsyncLifetime
{
    private static readonly ModelRef One = new(ShippedPackage.Name, "1");
    private static readonly ModelRef Two = new(ShippedPackage.Name, "2");

    private readonly PackageFolder _folder = new();
    private readonly WatchedRunners _runners = new(TestEngine.Runners());
    private readonly ModelHost _host;

    public ChallengerTests()
    {
        _folder.Copy("1");
        _folder.Copy("2");
        _host = new ModelHost(
            Options.Create(new InferenceOptions { PackagesPath = _folder.Root, MaxBatch = 2, QueueCapacity = 1_000 }),
            _runners,
            new ItemCatalog(),
            TimeProvider.System,
            TestEngine.Instruments,
            NullLoggerFactory.Instance);
    }

    public async ValueTask InitializeAsync() => await _host.LoadAsync(One);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Canary_AnswersItsShareOfTheShoppersAndAlwaysTheSame()
    {
        await _host.ChallengeAsync(new ModelChallenge(Two, 0.3));

        var first = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => ModelOfAsync($"u{i}")));
        var second = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => ModelOfAsync($"u{i}")));

        first.Count(model => model == Two).ShouldBeInRange(80, 160);
        second.ShouldBe(first);
        (await ModelOfAsync(null)).ShouldBe(One);
        _host.GetStatus().Challenger.ShouldBe(new ModelChallenge(Two, 0.3));
        _host.GetStatus().Active.ShouldBe(One);
    }

    [Fact]
    public void Serves_LargerShare_KeepsThoseOfTheSmaller()
    {
        var users = Enumerable.Range(0, 2_000).Select(i => $"user-{i}").ToArray();

        var few = users.Where(new ModelChallenge(Two, 0.1).Serves).ToArray();

        few.Length.ShouldBeInRange(140, 260);
        few.ShouldAllBe(user => new ModelChallenge(Two, 0.4).Serves(user));
        users.ShouldAllBe(user => new ModelChallenge(Two, 1).Serves(user) && !new ModelChallenge(Two, 0).Serves(user));
    }

    [Fact]
    public async Task Shadow_AnswersNobodyAndMeasuresTheDifference()
    {
        var overlaps = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == TelemetryNames.InferenceChallengerOverlap)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) =>
        {
            lock (overlaps)
            {
                overlaps.Add(value);
            }
        });
        listener.Start();
        await _host.ChallengeAsync(new ModelChallenge(Two, 0));

        (await ModelOfAsync("u1")).ShouldBe(One);

        // The same graph twice: the same items.
        await Wait.UntilAsync(() =>
        {
            lock (overlaps)
            {
                return overlaps.Contains(1);
            }
        }, "the shadow was compared");
    }

    [Fact]
    public async Task Canary_ThatHangs_LeavesTheChampionTimeToAnswer()
    {
        await _host.ChallengeAsync(new ModelChallenge(Two, 1));
        using var goesOn = new ManualResetEventSlim();
        _runners.BeforeRun = model =>
        {
            if (model == Two)
            {
                goesOn.Wait();
            }
        };

        try
        {
            (await ModelOfAsync("u1", TimeSpan.FromSeconds(2))).ShouldBe(One);
        }
        finally
        {
            goesOn.Set();
        }

        await Wait.UntilAsync(async () => await ModelOfAsync("u1") == Two, "the challenger answers again");
    }

    [Fact]
    public async Task Challenge_BrokenPackage_LeavesTheChampionAloneAndSaysWhy()
    {
        File.WriteAllText(Path.Combine(_folder.Copy("3"), "model.onnx"), "not a graph");

        await _host.ChallengeAsync(new ModelChallenge(new(ShippedPackage.Name, "3"), 1));

        (await ModelOfAsync("u1")).ShouldBe(One);
        _host.GetStatus().Challenger.ShouldBeNull();
        _host.GetStatus().Error.ShouldNotBeNull().ShouldContain("ONNX Runtime cannot open it");
    }

    [Fact]
    public async Task Challenge_EndedOrPromoted_FreesItsSession()
    {
        await _host.ChallengeAsync(new ModelChallenge(Two, 1));
        (await ModelOfAsync("u1")).ShouldBe(Two);
        await _host.ChallengeAsync(new ModelChallenge(Two, 0.5));
        _runners.Opened.ShouldBe(2);

        await _host.ChallengeAsync(null);
        (await ModelOfAsync("u1")).ShouldBe(One);
        _runners.Disposed.ShouldBe(1);

        await _host.ChallengeAsync(new ModelChallenge(Two, 1));
        await _host.LoadAsync(Two);
        await _host.ChallengeAsync(new ModelChallenge(Two, 1));

        (await ModelOfAsync("u1")).ShouldBe(Two);
        _host.GetStatus().Challenger.ShouldBeNull();
        (_runners.Opened - _runners.Disposed).ShouldBe(1);
        _runners.UsedAfterwards.ShouldBe(0);
    }

    private async Task<ModelRef?> ModelOfAsync(string? user, TimeSpan? budget = null)
    {
        var request = TestEngine.Ask("85123A", "22423") with { UserId = user };
        request = request with { Budget = budget ?? request.Budget };
        var answer = await _host.InferAsync(request, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        answer.Status.ShouldBe(InferenceStatus.Ok);
        return answer.Model;
    }
}
