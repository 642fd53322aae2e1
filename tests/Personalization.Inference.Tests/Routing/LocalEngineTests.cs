using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Routing;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Routing;

/// <summary>A silo with an engine of its own, beside two inference silos; a run takes 10 ms.</summary>
public sealed class LocalEngineTests : IAsyncLifetime
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TooLittle = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeSilos _silos = new();
    private readonly PackageFolder _folder = new();
    private readonly ServiceProvider _services;
    private readonly ModelHost _host;
    private readonly InferenceRouter _router;
    private readonly ManualResetEventSlim _goesOn = new(initialState: true);
    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LocalEngineTests()
    {
        _folder.Copy("1");
        var runners = new WatchedRunners(TestEngine.Runners())
        {
            BeforeRun = _ =>
            {
                if (!_goesOn.IsSet)
                {
                    _hangs.TrySetResult();
                    _goesOn.Wait();
                }

                _time.Advance(TimeSpan.FromMilliseconds(10));
            },
        };
        _host = new ModelHost(
            Options.Create(new InferenceOptions { PackagesPath = _folder.Root, MaxBatch = 2 }),
            runners,
            new ItemCatalog(),
            _time,
            TestEngine.Instruments,
            NullLoggerFactory.Instance);
        _services = new ServiceCollection().AddSingleton(_host).BuildServiceProvider();
        _router = new InferenceRouter(
            _services,
            new InferenceTargets(_silos, _silos, TestEngine.Routing, _time, max => 0, NullLogger<InferenceTargets>.Instance),
            _time,
            NullLogger<InferenceRouter>.Instance);
    }

    public async ValueTask InitializeAsync() => (await _host.LoadDefaultAsync()).ShouldBeTrue();

    public async ValueTask DisposeAsync()
    {
        _goesOn.Set();
        await _host.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Dispose();
        _goesOn.Dispose();
    }

    [Fact]
    public async Task Its_own_engine_answers_while_it_can()
    {
        (await AskAsync(Enough)).Model.ShouldBe(new(ShippedPackage.Name, "1"));

        _silos.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_its_own_engine_cannot_answer_in_time_another_silo_answers()
    {
        _router.ExpectedTimeOf(TooLittle).ShouldBe(TimeSpan.Zero, "another silo may have time");

        (await AskAsync(TooLittle)).Status.ShouldBe(InferenceStatus.Ok);

        _silos.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task While_its_own_engine_hangs_another_silo_answers_in_the_other_half_of_the_time()
    {
        _goesOn.Reset();
        var answer = AskAsync(Enough);
        await _hangs.Task;

        _time.Advance(Enough / 2);

        (await answer.WaitAsync(Patience, TestContext.Current.CancellationToken)).Status.ShouldBe(InferenceStatus.Ok);
        _silos.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_its_own_engine_takes_in_to_see_whether_it_is_quicker_by_now_another_silo_answers_where_it_is_not()
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        _goesOn.Reset();
        var answer = AskAsync(TooLittle);
        await _hangs.Task;

        _time.Advance(TooLittle / 2);

        (await answer.WaitAsync(Patience, TestContext.Current.CancellationToken)).Status.ShouldBe(InferenceStatus.Ok);
        _silos.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_needs_no_run_its_own_engine_answers_however_little_time_there_is()
    {
        await AskAsync(Enough, "u");

        (await AskAsync(TooLittle, "u")).Status.ShouldBe(InferenceStatus.Ok);

        _silos.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(InferenceStatus.DeadlineExceeded)]
    [InlineData(InferenceStatus.Overloaded)]
    public async Task While_the_others_refuse_too_nobody_asks_them(InferenceStatus refusal)
    {
        _silos.Answer = (_, requests) => Task.FromResult(FakeSilos.Reply(refusal, requests.Length));

        (await AskAsync(TooLittle)).Status.ShouldBe(InferenceStatus.DeadlineExceeded, "its own engine's word");
        _router.ExpectedTimeOf(TooLittle).ShouldBeGreaterThan(TooLittle, "so that a shelf falls back at once");
        (await AskAsync(TooLittle)).Status.ShouldBe(InferenceStatus.DeadlineExceeded);
        _silos.Calls.Count.ShouldBe(2);

        _time.Advance(TimeSpan.FromMilliseconds(150));
        _silos.Answer = (_, requests) => Task.FromResult(FakeSilos.Reply(InferenceStatus.Ok, requests.Length));
        (await AskAsync(TooLittle)).Status.ShouldBe(InferenceStatus.Ok);
    }

    private async Task<InferenceResult> AskAsync(TimeSpan budget, string? user = null) => await _router.InferAsync(
        TestEngine.Ask(_host.Current.ShouldNotBeNull().Similar("85123A", 1)!.Select(item => item.ItemId).ToArray()) with { Budget = budget, UserId = user },
        TestContext.Current.CancellationToken);
}
