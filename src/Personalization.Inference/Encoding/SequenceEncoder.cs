using System.Text.Json;
using Personalization.Events;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Encoding;

/// <summary>Turns a shopper's events and totals into the graph's inputs. Thread-safe.</summary>
internal sealed class SequenceEncoder
{
    private const double SecondsADay = 86_400;
    private const long MillisecondsASecond = 1_000;

    private readonly Vocabulary _vocabulary;
    private readonly int[] _actions = new int[byte.MaxValue + 1];
    private readonly double[] _gaps;
    private readonly LifeTotal[] _totals;

    /// <summary>Creates an encoder.</summary>
    /// <param name="package">The model.</param>
    public SequenceEncoder(ModelPackage package)
    {
        _vocabulary = package.Vocabulary;
        _gaps = package.Manifest.GapBoundariesSeconds;
        _totals = package.Manifest.Totals;
        MaxLength = package.Manifest.MaxLength;
        var actions = package.Manifest.Actions;
        Array.Fill(_actions, actions[ModelManifest.OtherAction]);
        foreach (var type in Enum.GetValues<EventType>())
        {
            if (actions.TryGetValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()), out var action))
            {
                _actions[(byte)type] = action;
            }
        }
    }

    /// <summary>Longest input.</summary>
    public int MaxLength { get; }

    /// <summary>
    /// Reads the newest events whose items the model knows, as many as it holds. As in training, an item counts once a second, in the place of the first time and
    /// with the action that has the highest number: lines of an order that name it twice, or a view and the purchase with it, are one. Likewise the time between
    /// two events, or since the newest, is that between the seconds in which they fall.
    /// </summary>
    /// <param name="request">The question; its three arrays have one length, oldest first.</param>
    /// <param name="sequence">Gets the input.</param>
    public void Encode(InferenceRequest request, EncodedSequence sequence)
    {
        var (ids, types, times) = (request.ItemIds, request.Types, request.Timestamps);
        if (types.Length != ids.Length || times.Length != ids.Length)
        {
            throw new ArgumentException("ItemIds, Types and Timestamps must have one length.", nameof(request));
        }

        var start = MaxLength;
        for (var i = ids.Length - 1; i >= 0 && start > 0; i--)
        {
            var item = _vocabulary.IndexOf(ids[i]);
            if (item != 0 && !RepeatsOlder(ids, times, i))
            {
                start--;
                sequence.Items[start] = item;
                sequence.Actions[start] = ActionOf(request, i);
                sequence.Sources[start] = i;
            }
        }

        sequence.Start = start;
        for (var i = start; i < MaxLength; i++)
        {
            sequence.Gaps[i] = i == start ? 1 : Gap(Seconds(times[sequence.Sources[i - 1]], times[sequence.Sources[i]]));
        }

        sequence.Elapsed = times.Length == 0 ? 0 : Math.Max(0, Seconds(times[^1], request.Now));
        for (var i = 0; i < _totals.Length; i++)
        {
            sequence.Totals[i] = Total(_totals[i], request.Totals, times.Length == 0 ? 0 : times[^1]);
        }
    }

    // From the second of the clock in which one falls to that of the other: training reads times so.
    private static long Seconds(long from, long to) => (to / MillisecondsASecond) - (from / MillisecondsASecond);

    private static bool RepeatsOlder(string[] ids, long[] times, int of)
    {
        for (var i = of - 1; i >= 0 && Seconds(times[i], times[of]) == 0; i--)
        {
            if (string.Equals(ids[i], ids[of], StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private int ActionOf(InferenceRequest request, int of)
    {
        var (ids, times, action) = (request.ItemIds, request.Timestamps, _actions[(byte)request.Types[of]]);
        for (var i = of + 1; i < ids.Length && Seconds(times[of], times[i]) == 0; i++)
        {
            if (string.Equals(ids[i], ids[of], StringComparison.Ordinal))
            {
                action = Math.Max(action, _actions[(byte)request.Types[i]]);
            }
        }

        return action;
    }

    // Nothing of them moves with the time that passes: that is what elapsed is for.
    private static float Total(LifeTotal total, LifeTotals life, long newest) => total switch
    {
        LifeTotal.Purchases => life.Purchases,
        LifeTotal.Cancels => life.Cancels,
        LifeTotal.Spend => (float)life.Spend,
        LifeTotal.TenureDays => life.Purchases == 0 ? 0 : (float)Math.Max(0, Seconds(life.FirstSeen, newest) / SecondsADay),
        _ => throw new InvalidOperationException($"Nothing counts {total}."),
    };

    /// <summary>The class of a time since the newest event: as far as scores depend on that time, they depend on its class.</summary>
    /// <param name="seconds">The time.</param>
    public int ClassOf(float seconds) => Gap(seconds);

    private int Gap(double seconds)
    {
        var count = 0;
        while (count < _gaps.Length && _gaps[count] <= seconds)
        {
            count++;
        }

        return 2 + count;
    }
}
