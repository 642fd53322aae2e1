using Microsoft.Extensions.Options;
using Personalization.Telemetry;
using Personalization.Time;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>
/// Sweeps one bucket: reads what is due, scores it from the stored states at the lowest priority and calls the grains of those who cross. Its rate is
/// bounded. A model that answers for none of those asked about at a time ends the sweep, and nothing is lost, for what is due stays due. A shopper whose run fails
/// keeps no others from it, nor do those who stay due, however many: each sweep goes on behind the one before, until all who are due were looked at.
/// </summary>
internal sealed partial class ChurnSweeperGrain(
    IDueUserStore store,
    SweepJudge judge,
    GrainsInstruments instruments,
    ShopClock shop,
    TimeProvider time,
    IOptions<SweeperOptions> options,
    ILogger<ChurnSweeperGrain> logger) : Grain, IChurnSweeperGrain, IRemindable
{
    private const string Reminder = "sweep";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private readonly SweeperOptions _options = options.Value;

    // The last one that was looked at; null: the longest overdue is next.
    private DueUser? _last;

    private int Bucket => (int)this.GetPrimaryKeyLong();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(SweepOnTimeAsync, new GrainTimerCreationOptions(_options.Interval, _options.Interval) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public async Task Start() => await this.RegisterOrUpdateReminder(Reminder, ReminderPeriod, ReminderPeriod);

    /// <summary>Being called is all there is to it: the grain is active, so its timer runs.</summary>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    public async Task<SweepResult> Sweep()
    {
        var total = default(SweepResult);
        var now = shop.GetUtcNow();
        instruments.SweepLag(Bucket, await LongestOverdueAsync(now));
        for (var page = 0; page < _options.MaxPages; page++)
        {
            var started = time.GetTimestamp();
            var due = await store.ListDueAsync(Bucket, now, _last, _options.PageSize, CancellationToken.None);

            // Behind this page, whether its shoppers can be moved or stay due, and in the next sweep where this one ends.
            _last = due.Count < _options.PageSize ? null : due[^1];
            if (due.Count == 0)
            {
                break;
            }

            var (result, answered) = await SweepPageAsync(due);
            total = new SweepResult(total.Due + result.Due, total.Scored + result.Scored, total.Crossed + result.Crossed);
            if (!answered || _last is null)
            {
                break;
            }

            await KeepRateAsync(due.Count, started);
        }

        instruments.Swept(total.Scored);
        return total;
    }

    private async Task<TimeSpan> LongestOverdueAsync(DateTimeOffset now)
    {
        var first = await store.ListDueAsync(Bucket, now, after: null, limit: 1, CancellationToken.None);
        return first.Count == 0 ? TimeSpan.Zero : now - first[0].NextCheck;
    }

    private async Task SweepOnTimeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Sweep();
        }
        catch (Exception e)
        {
            LogFailed(Bucket, e);
        }
    }

    private async Task<(SweepResult Result, bool Answered)> SweepPageAsync(IReadOnlyList<DueUser> page)
    {
        int scored = 0, crossed = 0;
        var failed = new List<SweptUser>();
        foreach (var chunk in page.Chunk(_options.Concurrency))
        {
            var judged = await Task.WhenAll(chunk.Select(u => judge.JudgeAsync(u, CancellationToken.None)));
            var later = judged.Where(j => j.Outcome is SweepOutcome.Later or SweepOutcome.ScoredLater).ToList();
            var crossing = judged.Where(j => j.Outcome == SweepOutcome.Crossed).ToArray();
            crossed += crossing.Length;
            scored += crossing.Length + judged.Count(j => j.Outcome == SweepOutcome.ScoredLater);
            failed.AddRange(judged.Where(j => j.Outcome == SweepOutcome.Failed));
            if (scored > 0)
            {
                later.AddRange(failed);
                failed.Clear();
            }

            if (later.Count > 0)
            {
                await store.RescheduleAsync([.. later.Select(j => (j.User.UserId, j.User.Version, j.NextCheck))], CancellationToken.None);
            }

            await Task.WhenAll(crossing.Select(CheckAsync));
            if (judged.All(j => j.Outcome == SweepOutcome.Unanswered))
            {
                return (new SweepResult(page.Count, scored, crossed), false);
            }
        }

        return (new SweepResult(page.Count, scored, crossed), failed.Count == 0);
    }

    private async Task CheckAsync(SweptUser user)
    {
        try
        {
            await GrainFactory.GetGrain<IUserGrain>(user.User.UserId).CheckChurn();
        }
        catch (Exception e)
        {
            // Still due: the next sweep tries again.
            LogCheckFailed(UserHash.Of(user.User.UserId), e);
        }
    }

    private async Task KeepRateAsync(int users, long started)
    {
        var ahead = TimeSpan.FromSeconds((double)users / _options.MaxUsersPerSecond) - time.GetElapsedTime(started);
        if (ahead > TimeSpan.Zero)
        {
            await Task.Delay(ahead, time);
        }
    }

    [LoggerMessage(2302, LogLevel.Warning, "Sweep of bucket {Bucket} failed; the next one goes on.")]
    private partial void LogFailed(int bucket, Exception exception);

    [LoggerMessage(2303, LogLevel.Warning, "User {User} crossed the churn threshold and could not be checked; the next sweep tries again.")]
    private partial void LogCheckFailed(string user, Exception exception);
}
