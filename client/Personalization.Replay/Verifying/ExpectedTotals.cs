using System.Globalization;
using Personalization.Events;
using Personalization.Users;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>One user's sums over all events that ever had a place in the history, also those that have left it since.</summary>
internal sealed class ExpectedTotals
{
    private static readonly EventType[] Types = Enum.GetValues<EventType>();
    private readonly int[] _counts = new int[(int)Types.Max() + 1];
    private decimal _spend;
    private long _first = long.MaxValue;
    private long _last = long.MinValue;

    /// <summary>Counts one event in.</summary>
    /// <param name="row">The event.</param>
    public void Add(ExpectedRow row)
    {
        _counts[(int)row.Type]++;
        _first = Math.Min(_first, row.Milliseconds);
        _last = Math.Max(_last, row.Milliseconds);
        var pieces = row.Quantity == 0 ? 1 : row.Quantity;
        _spend += row.Type switch
        {
            EventType.Purchase => pieces * row.Price,
            EventType.Cancel => -pieces * row.Price,
            _ => 0,
        };
    }

    /// <summary>Compares them with a profile.</summary>
    /// <param name="profile">The user's profile.</param>
    /// <returns>Null when they are equal, otherwise what differs.</returns>
    public string? Difference(UserProfile profile)
    {
        foreach (var type in Types)
        {
            var name = EventTypeNames.Of(type);
            var found = profile.Counts.GetValueOrDefault(name);
            if (found != _counts[(int)type])
            {
                return $"expected {_counts[(int)type]} of {name} in all, found {found}";
            }
        }

        return _spend != profile.Spend ? string.Create(CultureInfo.InvariantCulture, $"expected {_spend} spent in all, found {profile.Spend}")
            : Time("first", _first, profile.FirstSeen) ?? Time("last", _last, profile.LastSeen);
    }

    private static string? Time(string which, long expected, DateTimeOffset? found) => found?.ToUnixTimeMilliseconds() == expected
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"expected the {which} event at {DateTimeOffset.FromUnixTimeMilliseconds(expected):O}, found {found:O}");
}
