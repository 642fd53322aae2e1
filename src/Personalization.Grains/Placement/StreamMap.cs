using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Personalization.Users;

namespace Personalization.Placement;

/// <summary>Which silo reads whose clicks. Told and heard once a second; what is out of date costs a message, nothing else. Thread-safe.</summary>
internal sealed partial class StreamMap(IGrainFactory grains, ILocalSiloDetails here, IServiceProvider services, TimeProvider time, ILogger<StreamMap> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stopping = new();
    private volatile SiloAddress?[] _silos = [];
    private Task _running = Task.CompletedTask;

    /// <summary>The silo that reads a user's clicks, where their producer partitions as Kafka's Java clients do.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>The silo; null: it is not known.</returns>
    public SiloAddress? SiloOf(string userId)
    {
        var silos = _silos;
        return silos.Length == 0 ? null : silos[Murmur2.Partition(Encoding.UTF8.GetBytes(userId), silos.Length)];
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(StreamMap),
        ServiceLifecycleStage.Active,
        _ =>
        {
            _running = Task.Run(RunAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await _stopping.CancelAsync();
            await _running;
        });

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        // Asked for late: the reader of the stream needs what is made here.
        var reader = services.GetService<IStreamReader>();
        var grain = grains.GetGrain<IStreamGrain>(0);
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                await ReportAsync(grain, reader);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private async Task ReportAsync(IStreamGrain grain, IStreamReader? reader)
    {
        try
        {
            _silos = await grain.Report(here.SiloAddress, reader is null ? [] : [.. reader.Partitions]);
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            LogNotReported(exception);
        }
    }

    [LoggerMessage(2501, LogLevel.Debug, "Which silo reads what could not be told; it is told again.")]
    private partial void LogNotReported(Exception exception);
}
