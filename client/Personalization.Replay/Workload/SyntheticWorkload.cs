using System.Collections;
using System.Globalization;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>
/// A made-up click stream that is the same whenever it is enumerated: visits of skewed users to skewed items, with producers' retries and events
/// out of order where asked for. Event time moves on evenly. As many visits are open at any time as their gap needs; whose turn it is, is chance.
/// More than 300,000 events a second on one thread.
/// </summary>
public sealed class SyntheticWorkload : IEnumerable<BehaviorEvent>
{
    private readonly ZipfSampler _users;
    private readonly ZipfSampler _items;
    private readonly string[] _userIds;
    private readonly string[] _itemIds;
    private readonly string _name;

    /// <summary>Makes a stream.</summary>
    /// <param name="options">What it looks like.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SyntheticWorkload(WorkloadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        Options = options;
        _name = options.Name ?? string.Create(CultureInfo.InvariantCulture, $"s{options.Seed}");
        _users = new ZipfSampler(options.Users, options.UserSkew);
        _userIds = new string[options.Users];
        _itemIds = options.ItemIds?.ToArray() ?? [.. Enumerable.Range(1, options.Items).Select(rank => string.Create(CultureInfo.InvariantCulture, $"i{rank}"))];
        _items = new ZipfSampler(_itemIds.Length, options.ItemSkew);
    }

    /// <summary>What it looks like.</summary>
    public WorkloadOptions Options { get; }

    /// <summary>Messages of the stream, about: the events and the expected number of retries.</summary>
    public long ApproximateMessages => Options.Events + (long)(Options.Events * Options.RetryShare);

    /// <summary>The user at a rank.</summary>
    /// <param name="rank">From 0, the busiest.</param>
    /// <returns>The user's id.</returns>
    public string UserId(int rank) => _userIds[rank] ??= string.Create(CultureInfo.InvariantCulture, $"{_name}-u{rank + 1}");

    /// <inheritdoc/>
    public IEnumerator<BehaviorEvent> GetEnumerator()
    {
        var source = new VisitSource(this, new Random(Options.Seed));
        var order = new ArrivalOrder(Options, source.Next);
        return order.Messages().GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static decimal PriceOf(int itemRank) => ((itemRank * 37 % 2_000) + 50) / 100m;

    /// <summary>Events in order of their time.</summary>
    private sealed class VisitSource
    {
        private readonly SyntheticWorkload _workload;
        private readonly WorkloadOptions _options;
        private readonly Random _random;
        private readonly (string User, string Session)[] _open;
        private readonly double _leave;
        private readonly double _step;
        private long _visits;

        public VisitSource(SyntheticWorkload workload, Random random)
        {
            _workload = workload;
            _options = workload.Options;
            _random = random;
            _leave = 1 / _options.SessionEvents;
            _step = _options.Span.TotalMilliseconds / Math.Max(1, _options.Events - 1);
            var visits = _options.Events / _options.Span.TotalSeconds * _options.SessionGap.TotalSeconds;
            _open = new (string, string)[(int)Math.Clamp(Math.Round(visits), 1, 1_000_000)];
            for (var i = 0; i < _open.Length; i++)
            {
                _open[i] = NewVisit();
            }
        }

        public BehaviorEvent Next(long index)
        {
            ref var visit = ref _open[_random.Next(_open.Length)];
            var item = _workload._items.Next(_random);
            var type = _options.Mix.Next(_random);
            var trades = type is EventType.Purchase or EventType.Cancel or EventType.AddToCart;
            var made = new BehaviorEvent
            {
                EventId = string.Create(CultureInfo.InvariantCulture, $"{_workload._name}-{index}"),
                UserId = visit.User,
                ItemId = _workload._itemIds[item],
                Type = type,
                Timestamp = _options.Start.AddMilliseconds(Math.Floor(index * _step)),
                SessionId = visit.Session,
                Quantity = trades ? _random.Next(1, 7) : null,
                Price = trades ? PriceOf(item) : null,
            };
            if (_random.NextDouble() < _leave)
            {
                visit = NewVisit();
            }

            return made;
        }

        private (string User, string Session) NewVisit() =>
            (_workload.UserId(_workload._users.Next(_random)), string.Create(CultureInfo.InvariantCulture, $"v{++_visits}"));
    }
}
