using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Tests.Support;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Testing;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Inference.Tests.Models;

/// <summary>Which model a silo serves when it starts, and how it follows the cluster's choice.</summary>
public sealed class ModelFollowerTests : IAsyncDisposable
{
    private static readonly ModelRef One = new(ShippedPackage.Name, "1");
    private static readonly ModelRef Two = new(ShippedPackage.Name, "2");
    private static readonly ModelRef Three = new(ShippedPackage.Name, "3");

    private readonly PackageFolder _folder = new();
    private readonly WatchedRunners _runners = new(TestEngine.Runners());
    private readonly InferenceOptions _options;
    private readonly ModelHost _host;
    private readonly FakeTimeProvider _time = new();
    private readonly FakeChoice _choice = new();
    private readonly IClusterGrain _cluster = Substitute.For<IClusterGrain>();
    private readonly ModelFollower _follower;

    public ModelFollowerTests()
    {
        _folder.Copy("1");
        _options = new InferenceOptions { PackagesPath = _folder.Root, MaxBatch = 2, QueueCapacity = 1_000 };
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<IModelGrain>(0).Returns(_choice);
        grains.GetGrain<IClusterGrain>(0).Returns(_cluster);
        OthersServe();
        _host = new ModelHost(
            Options.Create(_options), _runners, new ItemCatalog(), TimeProvider.System, TestEngine.Instruments, NullLoggerFactory.Instance);
        _follower = new ModelFollower(_host, grains, Options.Create(_options), _time, NullLogger<ModelFollower>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _follower.StopAsync(CancellationToken.None);
        _follower.Dispose();
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task ClusterChoosesAnother_LoadsItAndKeepsItWhenTheNextIsBad()
    {
        await StartAsync();
        _host.GetStatus().Active.ShouldBe(One);

        _folder.Copy("2");
        await ChooseAsync(Two, () => _host.GetStatus().Active == Two);
        await ChooseAsync(Three, () => _host.GetStatus().Error is not null);

        _host.GetStatus().Active.ShouldBe(Two);
        await ChooseAsync(Two, () => _host.GetStatus().Error is null);
    }

    [Fact]
    public async Task Start_RolledBackBefore_NeverOpensTheNewerOne()
    {
        _folder.Copy("2");
        _choice.Model = One;

        await StartAsync();

        _host.GetStatus().Active.ShouldBe(One);
        _runners.Opened.ShouldBe(1);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1-int8")]
    public async Task Start_NothingChosenAndANewerPackageThanTheOthersServe_ServesWhatTheyDo(string version)
    {
        _folder.Copy("1-int8");
        _folder.Copy("2");
        OthersServe(new ModelRef(ShippedPackage.Name, version), null);

        await StartAsync();

        _host.GetStatus().Active.ShouldBe(One);
        _host.GetStatus().Error.ShouldBeNull();
    }

    [Fact]
    public async Task Start_OthersServeWhatIsNotHere_ServesTheNewest()
    {
        _folder.Copy("2");
        OthersServe(Three);

        await StartAsync();

        _host.GetStatus().Active.ShouldBe(Two);
    }

    [Fact]
    public async Task Start_VersionConfigured_ServesItWhateverTheOthersServe()
    {
        _folder.Copy("2");
        _options.Version = "2";
        OthersServe(One);

        await StartAsync();

        _host.GetStatus().Active.ShouldBe(Two);
    }

    [Fact]
    public async Task Start_TheClusterCannotBeAsked_ServesTheNewestAndFollowsLater()
    {
        _folder.Copy("2");
        (_choice.Model, _choice.Fails) = (One, true);
        _cluster.GetStatus().Returns(Task.FromException<ClusterStatus>(new TimeoutException()));

        await StartAsync();

        _host.GetStatus().Active.ShouldBe(Two);
        _choice.Fails = false;
        await ChooseAsync(One, () => _host.GetStatus().Active == One);
    }

    [Fact]
    public async Task Start_TheChosenOneIsNotHereYet_ServesAnotherUntilItIs()
    {
        _choice.Model = Two;

        await StartAsync();

        _host.GetStatus().Active.ShouldBe(One);
        _host.GetStatus().Error.ShouldNotBeNull();
        _folder.Copy("2");
        await ChooseAsync(Two, () => _host.GetStatus() is { Active.Version: "2", Error: null });
    }

    [Fact]
    public async Task VariantConfigured_FollowsInItAndComesToRest()
    {
        foreach (var version in (string[])["1-int8", "2", "2-int8"])
        {
            _folder.Copy(version);
        }

        (_options.Variant, _choice.Model) = ("int8", One);
        await StartAsync();
        _host.GetStatus().Active.ShouldBe(new ModelRef(ShippedPackage.Name, "1-int8"));

        _choice.Challenge = new ModelChallenge(One, 0.5);
        await ChooseAsync(Two, () => _host.GetStatus() is { Active.Version: "2-int8", Challenger.Model.Version: "1-int8", Error: null });
        var (opened, asked) = (_runners.Opened, _choice.Asked);
        await RoundsUntilAsync(() => _choice.Asked > asked + 20);

        _runners.Opened.ShouldBe(opened);
    }

    [Fact]
    public async Task ACallIsCancelledElsewhere_GoesOnFollowing()
    {
        _folder.Copy("2");
        _choice.Model = One;
        await StartAsync();
        _choice.Fails = true;
        await RoundsUntilAsync(() => _choice.Failures > 2);
        _follower.ExecuteTask!.IsCompleted.ShouldBeFalse();

        _choice.Fails = false;
        await ChooseAsync(Two, () => _host.GetStatus().Active == Two);
    }

    /// <summary>A silo that was told to stop stayed in the cluster until the model was read and had run in every shape.</summary>
    [Fact]
    public async Task Stop_WhileAModelLoads_DoesNotWaitForIt()
    {
        await StartAsync();
        _folder.Copy("2");
        using var goesOn = new ManualResetEventSlim();
        HoldRunsOf(Two, goesOn);
        try
        {
            await ChooseAsync(Two, () => _runners.Opened == 2);

            await _follower.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        }
        finally
        {
            goesOn.Set();
        }

        await _host.DisposeAsync();
        _host.GetStatus().Active.ShouldBeNull();
        _runners.Disposed.ShouldBe(2);
    }

    [Fact]
    public async Task Start_GivenUpWhileTheFirstModelLoads_DoesNotWaitForIt()
    {
        using var goesOn = new ManualResetEventSlim();
        HoldRunsOf(One, goesOn);
        using var giveUp = new CancellationTokenSource();
        try
        {
            var starting = _follower.StartAsync(giveUp.Token);
            await Wait.UntilAsync(() => _runners.Opened == 1, "the model is opened");

            await giveUp.CancelAsync();

            await Should.ThrowAsync<OperationCanceledException>(() => starting.WaitAsync(TimeSpan.FromSeconds(20)));
        }
        finally
        {
            goesOn.Set();
        }
    }

    [Fact]
    public async Task ChallengerIsNotHereYet_SaysSoAndIsTriedWhenItIs()
    {
        await StartAsync();
        _choice.Challenge = new ModelChallenge(Two, 0.5);
        await RoundsUntilAsync(() => _host.GetStatus().Error is not null);
        _host.GetStatus().Challenger.ShouldBeNull();

        _folder.Copy("2");
        await RoundsUntilAsync(() => _host.GetStatus().Challenger?.Model == Two);

        _host.GetStatus().Error.ShouldBeNull();
    }

    [Fact]
    public async Task ChallengerThatFailedIsNotWantedAnyMore_ItsErrorIsGone()
    {
        await StartAsync();
        _choice.Challenge = new ModelChallenge(Two, 0.5);
        await RoundsUntilAsync(() => _host.GetStatus().Error is not null);

        _choice.Challenge = null;

        await RoundsUntilAsync(() => _host.GetStatus().Error is null);
    }

    private Task StartAsync() => _follower.StartAsync(TestContext.Current.CancellationToken);

    private void HoldRunsOf(ModelRef model, ManualResetEventSlim until) => _runners.BeforeRun = runs =>
    {
        if (runs == model)
        {
            until.Wait();
        }
    };

    private void OthersServe(params ModelRef?[] models) => _cluster.GetStatus().Returns(new ClusterStatus
    {
        Silos = [.. models.Select(model => new SiloStatus { Name = "other", Address = "", Model = new ModelStatus { Active = model } })],
    });

    private Task ChooseAsync(ModelRef model, Func<bool> done)
    {
        _choice.Model = model;
        return RoundsUntilAsync(done);
    }

    private Task RoundsUntilAsync(Func<bool> done) => Wait.UntilAsync(
        () =>
        {
            _time.Advance(_options.FollowInterval);
            return done();
        },
        "the silo follows");

    private sealed class FakeChoice : IModelGrain
    {
        public ModelRef? Model { get; set; }

        public ModelChallenge? Challenge { get; set; }

        public bool Fails { get; set; }

        public int Failures { get; private set; }

        public int Asked { get; private set; }

        public ValueTask<ModelRef?> GetDesired()
        {
            Asked++;
            Failures += Fails ? 1 : 0;
            return Fails ? throw new TaskCanceledException() : ValueTask.FromResult(Model);
        }

        public ValueTask SetDesired(ModelRef model) => ValueTask.CompletedTask;

        public ValueTask<ModelChallenge?> GetChallenge() => ValueTask.FromResult(Challenge);

        public ValueTask SetChallenge(ModelChallenge? challenge) => ValueTask.CompletedTask;
    }
}
