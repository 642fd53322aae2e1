using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Churn;
using Personalization.Operations;
using Personalization.Testing;

namespace Personalization.Hosting.Tests.Operations;

public sealed class SweeperStarterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly IGrainFactory _grains = Substitute.For<IGrainFactory>();
    private readonly IChurnSweeperGrain[] _sweepers = [.. Enumerable.Range(0, ChurnBuckets.Count).Select(_ => Substitute.For<IChurnSweeperGrain>())];

    [Fact]
    public async Task Every_bucket_has_its_sweeper_started_also_where_one_could_not_be_at_once()
    {
        _grains.GetGrain<IChurnSweeperGrain>(Arg.Any<long>()).Returns(call => _sweepers[call.Arg<long>()]);
        _sweepers[3].Start().Returns(Task.FromException(new TimeoutException()), Task.CompletedTask);
        using var starter = new SweeperStarter(_grains, _time, NullLogger<SweeperStarter>.Instance);

        await starter.StartAsync(TestContext.Current.CancellationToken);
        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                return starter.ExecuteTask!.IsCompleted;
            },
            "all are started");

        _sweepers.Select(sweeper => sweeper.ReceivedCalls().Count()).ShouldBe(Enumerable.Range(0, ChurnBuckets.Count).Select(bucket => bucket == 3 ? 2 : 1));
    }
}
