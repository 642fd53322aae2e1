using System.Globalization;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>How often shoppers do what. Immutable.</summary>
public sealed class EventMix
{
    private readonly (EventType Type, double UpTo)[] _bounds;

    private readonly string _text;

    private EventMix(string text, IReadOnlyList<(EventType Type, double Weight)> weights)
    {
        _text = text;
        var sum = weights.Sum(pair => pair.Weight);
        var upTo = 0.0;
        _bounds = [.. weights.Where(pair => pair.Weight > 0).Select(pair => (pair.Type, upTo += pair.Weight / sum))];
    }

    /// <summary>Mostly looking: view 55, click 22, add_to_cart 10, remove_from_cart 2, purchase 6, cancel 1, impression 3, hide 1.</summary>
    public static EventMix Default { get; } = Parse("view=55,click=22,add_to_cart=10,remove_from_cart=2,purchase=6,cancel=1,impression=3,hide=1");

    /// <summary>Reads weights.</summary>
    /// <param name="text">For instance <c>view=70,click=20,purchase=10</c>: names as in the JSON of events, weights of any sum.</param>
    /// <returns>The mix.</returns>
    /// <exception cref="FormatException">The text is not such a list.</exception>
    public static EventMix Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var weights = new List<(EventType, double)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', StringSplitOptions.TrimEntries);
            if (pair.Length != 2
                || !Enum.TryParse<EventType>(pair[0].Replace("_", string.Empty, StringComparison.Ordinal), ignoreCase: true, out var type)
                || !Enum.IsDefined(type)
                || !double.TryParse(pair[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight))
            {
                throw new FormatException($"'{part}' is not a weight of an event type such as view=70.");
            }

            weights.Add((type, weight));
        }

        return weights.Sum(pair => pair.Item2) > 0 ? new EventMix(text, weights) : throw new FormatException("A mix needs at least one weight of more than 0.");
    }

    /// <summary>The weights as they were given.</summary>
    /// <returns>Text that <see cref="Parse"/> reads.</returns>
    public override string ToString() => _text;

    /// <summary>Draws a type.</summary>
    /// <param name="random">Source of chance.</param>
    /// <returns>The type.</returns>
    public EventType Next(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var chance = random.NextDouble();
        foreach (var (type, upTo) in _bounds)
        {
            if (chance < upTo)
            {
                return type;
            }
        }

        return _bounds[^1].Type;
    }
}
