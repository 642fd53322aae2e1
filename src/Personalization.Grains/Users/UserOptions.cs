using System.ComponentModel.DataAnnotations;
using Personalization.Events;

namespace Personalization.Users;

/// <summary>How user grains keep and answer. Section <c>Personalization:Users</c>.</summary>
public sealed class UserOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Personalization:Users";

    /// <summary>Events a shopper's sequence holds. Default 200.</summary>
    [Range(10, 10_000)]
    public int SequenceCapacity { get; set; } = 200;

    /// <summary>
    /// Events of one shopper within a second (event time) that are taken in at most; more is a script, is counted and dropped. 0: any number. At most
    /// <see cref="SequenceCapacity"/> has an effect. A shelf's impressions share a second, and so do the lines of an imported invoice. Default 0.
    /// </summary>
    [Range(0, 10_000)]
    public int MaxEventsPerSecond { get; set; }

    /// <summary>Event ids that are remembered to drop what a producer sends twice. Default 128.</summary>
    [Range(0, 4_096)]
    public int EventIdWindow { get; set; } = 128;

    /// <summary>
    /// How long a changed state may wait at most until it is stored, while the stream is behind: it waits as long as its events waited in the stream, so fresh
    /// events are stored at once. Longer saves writes where a shopper has several events in that time, and costs a longer replay after a crash. Default 2 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan SnapshotDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>States of a silo that are being stored at the same time at most, of those that had to wait; a few times the rows of a statement. Default 2,048.</summary>
    [Range(1, 1_000_000)]
    public int MaxSnapshotWrites { get; set; } = 2_048;

    /// <summary>
    /// Users without a grain whose stored form a silo keeps in memory while its stream speaks of them, so that the next click needs no read; a few hundred
    /// bytes and about 5 bytes an event each. Default 200,000.
    /// </summary>
    [Range(0, 100_000_000)]
    public int MaxUsersAtRest { get; set; } = 200_000;

    /// <summary>
    /// Shelves a silo makes at a time at most for gateways in its own process; beyond that a shopper gets the last shelf while it still holds. A few times
    /// the requests of a run of the model: more makes all of them wait, and no more of them come from the model. Default 256.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxOpenShelves { get; set; } = 256;

    /// <summary>How long the last shelf may answer again while state, model, catalogue and request stay the same. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShelfCacheDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Events within this time after the first share one renewal of the churn score. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ChurnRefreshDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Renewals of churn scores a silo begins in a second; whoever needs one beyond that waits for the next sweep. Default 200.</summary>
    [Range(1, 100_000)]
    public int ChurnRefreshesPerSecond { get; set; } = 200;

    /// <summary>How long a renewal of the churn score may take. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ChurnRefreshBudget { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Events within this time after the first share one push to the watchers. Default 20 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan WatchPushDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a state may wait after a batch until it is stored.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>As long as the batch waited in the stream, at most <see cref="SnapshotDelay"/>.</returns>
    internal TimeSpan SnapshotDelayOf(EventBatch batch) => batch.Waited < SnapshotDelay ? batch.Waited : SnapshotDelay;
}
