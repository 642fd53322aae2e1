using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Routing;
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
    private readonly KeptMeasurements _measured = new();
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
            new InferenceInstruments(_measured.Meters),
            NullLoggerFactory.Instance);
    }

    public async ValueTask InitializeAsync() => await _host.LoadAsync(One);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _measured.Dispose();
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
        await _host.ChallengeAsync(new ModelChallenge(Two, 0));

        (await AskAsync(Ask("u1") with { Count = 10 })).Model.ShouldBe(One);

        // The same graph twice: the same items.
        await Wait.UntilAsync(() => _measured.Of(TelemetryNames.InferenceChallengerChurn) is ["0 online-retail/2"], "the shadow was compared");
        _measured.Of(TelemetryNames.InferenceChallengerOverlap).ShouldBe(["1 online-retail/2"]);
    }

    [Fact]
    public async Task Shadow_OfAnotherModel_MeasuresHowFarItIs()
    {
        await _host.ChallengeAsync(new ModelChallenge(Two, 0));
        _runners.AfterRun = (model, buffers) =>
        {
            if (model == Two)
            {
                var best = Enumerable.Range(1, buffers.Width - 1).OrderByDescending(index => buffers.Scores[index]).Take(15).ToArray();
                for (var i = 0; i < 5; i++)
                {
                    var (among, below) = (best[i], best[10 + i]);
                    (buffers.Scores[among], buffers.Scores[below]) = (buffers.Scores[below], buffers.Scores[among]);
                }

                buffers.Churn[0] -= 0.2f;
            }
        };

        var answer = await AskAsync(Ask("u1") with { Count = 10 });

        answer.Model.ShouldBe(One);
        answer.Churn!.Probability.ShouldBeGreaterThan(0.2);
        await Wait.UntilAsync(() => _measured.Of(TelemetryNames.InferenceChallengerChurn).Length > 0, "the shadow was compared");
        var churn = _measured.Of(TelemetryNames.InferenceChallengerChurn).ShouldHaveSingleItem().Split(' ');
        double.Parse(churn[0], CultureInfo.InvariantCulture).ShouldBe(0.2, tolerance: 1e-6);
        churn[1].ShouldBe("online-retail/2");
        _measured.Of(TelemetryNames.InferenceChallengerOverlap).ShouldBe(["0.5 online-retail/2"]);
    }

    [Fact]
    public async Task Shadow_QuestionsThatAllModelsAnswerWithTheSameItems_SayNothingOfOverlap()
    {
        await _host.ChallengeAsync(new ModelChallenge(Two, 0));
        InferenceRequest[] questions = [Ask("u1") with { Count = 0 }, Ask("u2") with { Count = 9 }, Ask("u3") with { Candidates = ["22423", "47566"], Count = 10 }];

        foreach (var (index, question) in questions.Index())
        {
            await AskAsync(question);
            await Wait.UntilAsync(() => _measured.Of(TelemetryNames.InferenceChallengerChurn).Length > index, "the shadow was compared");
        }

        _measured.Of(TelemetryNames.InferenceChallengerOverlap).ShouldBeEmpty();
    }

    [Fact]
    public async Task Canary_ThatFails_IsCountedByItsNameWhileTheChampionAnswers()
    {
        await _host.ChallengeAsync(new ModelChallenge(Two, 1));
        _runners.BeforeRun = model =>
        {
            if (model == Two)
            {
                throw new InvalidOperationException("Told to fail.");
            }
        };

        // What loading measured.
        _measured.Clear();
        (await ModelOfAsync("u1")).ShouldBe(One);

        _measured.Of(TelemetryNames.InferenceChallengerUnanswered).ShouldBe(["1 failed online-retail/2"]);
        _measured.Of(TelemetryNames.InferenceRejected).Distinct(StringComparer.Ordinal).ShouldBe(["1 failed run online-retail/2"]);
        _measured.Of(TelemetryNames.InferenceBatchSize).ShouldBe(["1 online-retail/1"]);
        _measured.Of(TelemetryNames.InferenceRunDuration).ShouldHaveSingleItem().ShouldEndWith(" online-retail/1");
        _measured.Of(TelemetryNames.InferenceQueueDuration).ShouldContain(line => line.EndsWith(" online-retail/1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MaxLength_ChallengerReadsMoreThanTheChampion_IsTheChallengers()
    {
        PackageFolder.Edit(_folder.Copy("3"), manifest => manifest["maxLength"] = 20);
        await _host.LoadAsync(new(ShippedPackage.Name, "3"));
        await using var services = new ServiceCollection().AddSingleton(_host).BuildServiceProvider();
        var silos = new FakeSilos();
        var targets = new InferenceTargets(silos, silos, TestEngine.Routing, TimeProvider.System, _ => 0, NullLogger<InferenceTargets>.Instance);
        var router = new InferenceRouter(services, targets, TimeProvider.System, NullLogger<InferenceRouter>.Instance);
        router.MaxLength.ShouldBe(20);

        await _host.ChallengeAsync(new ModelChallenge(Two, 0.5));
        router.MaxLength.ShouldBe(128);
        (await AskAsync(TestEngine.Ask([.. Enumerable.Repeat("85123A", 128)]))).Model!.Version.ShouldBe("3");

        await _host.ChallengeAsync(null);
        router.MaxLength.ShouldBe(20);
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
            _measured.Of(TelemetryNames.InferenceChallengerUnanswered).ShouldBe(["1 deadline_exceeded online-retail/2"]);
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

    private static InferenceRequest Ask(string? user) => TestEngine.Ask("85123A", "22423") with { UserId = user };

    private async Task<ModelRef?> ModelOfAsync(string? user, TimeSpan? budget = null) =>
        (await AskAsync(Ask(user) with { Budget = budget ?? Ask(user).Budget })).Model;

    private async Task<InferenceResult> AskAsync(InferenceRequest request)
    {
        var answer = await _host.InferAsync(request, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        answer.Status.ShouldBe(InferenceStatus.Ok);
        return answer;
    }
}
