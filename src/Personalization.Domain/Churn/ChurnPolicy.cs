using System.Security.Cryptography;
using System.Text;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>
/// Decides about warnings: once per crossing of the high threshold, with hysteresis, re-armed by activity alone (another model or
/// threshold never warns twice). Pure and thread-safe.
/// </summary>
/// <param name="options">Validated options.</param>
public sealed class ChurnPolicy(ChurnOptions options)
{
    /// <summary>Decides what follows from a score.</summary>
    /// <param name="memory">What is remembered.</param>
    /// <param name="input">The score.</param>
    /// <returns>The decision. Without any activity in the sequence there is no warning and no next check.</returns>
    public ChurnDecision Decide(ChurnMemory memory, ChurnInput input)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(input);
        if (LastActivity(input.Sequence) is not { } last)
        {
            return new ChurnDecision(memory with { NextCheck = null }, null, []);
        }

        var reasons = ChurnReasons.Of(input);
        var probability = input.Score.Probability;
        var armed = memory.Armed || Rearms(memory, probability, input.Threshold, last.Timestamp);
        var next = memory with { Armed = armed, LastProbability = probability };
        if (!armed || probability < input.Threshold || input.Now - last.Timestamp < options.QuietTime)
        {
            var check = armed ? NextCheck(last.Timestamp, input.Now, input.Score.HorizonDays) : null;
            return new ChurnDecision(next with { NextCheck = check }, null, reasons);
        }

        var warning = Warning(input, last, reasons);
        var remembered = new[] { warning }.Concat(memory.Warnings).Take(ChurnMemory.MaxWarnings).ToArray();
        return new ChurnDecision(
            next with { Armed = false, NextCheck = null, Warnings = remembered, Unpublished = warning },
            warning,
            reasons);
    }

    /// <summary>What is remembered once the sink has acknowledged a warning. Whoever came back meanwhile is looked at again: beside the warning no check was stored.</summary>
    /// <param name="memory">What is remembered.</param>
    /// <param name="warning">The acknowledged warning.</param>
    /// <param name="sequence">The stored events, oldest first.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>The new memory.</returns>
    public static ChurnMemory Published(ChurnMemory memory, ChurnWarning warning, IReadOnlyList<StoredEvent> sequence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(warning);
        var published = memory.Published(warning.WarningId);
        return published.NextCheck is null && LastActivity(sequence)?.Timestamp > warning.LastEventAt ? published with { NextCheck = now } : published;
    }

    /// <summary>
    /// Whether a score right after new activity can change anything: for somebody who was warned about it may re-arm, and activity that is itself
    /// long ago (history that is loaded, a stream that was behind) may already be followed by a crossing.
    /// </summary>
    /// <param name="armed">Whether a crossing would warn.</param>
    /// <param name="lastActivity">Time of the newest event.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>Whether it can.</returns>
    public bool NeedsScore(bool armed, DateTimeOffset lastActivity, DateTimeOffset now) => !armed || now - lastActivity >= options.QuietTime;

    /// <summary>When to look again after new activity, whether or not it was scored and whether or not there was a warning.</summary>
    /// <param name="lastActivity">Time of the newest event.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>Shop time.</returns>
    public DateTimeOffset? NextCheckAfterActivity(DateTimeOffset lastActivity, DateTimeOffset now) => NextCheck(lastActivity, now, int.MaxValue);

    /// <summary>When to look again at somebody who was not warned about.</summary>
    /// <param name="lastActivity">Time of the newest event.</param>
    /// <param name="now">Shop time.</param>
    /// <param name="horizonDays">The model's horizon.</param>
    /// <returns>Shop time; null when it has been quiet for so many horizons that nothing new can be learnt.</returns>
    public DateTimeOffset? NextCheck(DateTimeOffset lastActivity, DateTimeOffset now, int horizonDays)
    {
        var quiet = now > lastActivity ? now - lastActivity : TimeSpan.Zero;
        if (quiet.TotalDays > options.GiveUpAfterHorizons * horizonDays)
        {
            return null;
        }

        var wait = quiet * options.CheckGrowth;
        wait = wait < options.MinCheckInterval ? options.MinCheckInterval : wait;
        return now + (wait > options.MaxCheckInterval ? options.MaxCheckInterval : wait);
    }

    /// <summary>The newest event that the shopper did; being shown an item is no activity.</summary>
    internal static StoredEvent? LastActivity(IReadOnlyList<StoredEvent> sequence)
    {
        for (var i = sequence.Count - 1; i >= 0; i--)
        {
            if (sequence[i].Type != EventType.Impression)
            {
                return sequence[i];
            }
        }

        return null;
    }

    private static ChurnWarning Warning(ChurnInput input, StoredEvent last, ChurnReason[] reasons) => new()
    {
        WarningId = IdOf(input.UserId, last.Position),
        UserId = input.UserId,
        Probability = input.Score.Probability,
        Threshold = input.Threshold,
        HorizonDays = input.Score.HorizonDays,
        LastEventAt = last.Timestamp,
        DetectedAt = input.Now,
        Reasons = reasons,
        Model = input.Model,
        Version = input.Version,
    };

    // A crossing follows the last activity, and only new activity makes another one possible: so the same crossing has the same id.
    private static string IdOf(string userId, StreamPosition position) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{position}")).AsSpan(0, 16));

    private bool Rearms(ChurnMemory memory, double probability, double threshold, DateTimeOffset lastActivity) =>
        probability < threshold - options.RearmMargin
        && (memory.Warnings.Count == 0 || lastActivity > memory.Warnings[0].LastEventAt);
}
