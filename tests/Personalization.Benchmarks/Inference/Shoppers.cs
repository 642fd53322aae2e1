using Personalization.Events;
using Personalization.Inference;
using Personalization.Inference.Packages;
using Personalization.Users;

namespace Personalization.Benchmarks.Inference;

/// <summary>
/// The mix of history lengths that everything here runs: log-normal, median 8 (p90 29), at most as long as the model looks at, the same for the bare
/// loop and for the grains; items at random.
/// </summary>
internal sealed class Shoppers
{
    private const double MedianLength = 8;
    private const int Seed = 20111209;

    private const long Gap = 60_000;

    private readonly string[][] _histories;

    public Shoppers(int count, Vocabulary vocabulary, int maxLength)
    {
        var random = new Random(Seed);
        _histories = [.. Enumerable.Range(0, count).Select(_ => History())];
        Questions = Array.ConvertAll(_histories, history => new InferenceRequest
        {
            ItemIds = history,
            Types = new EventType[history.Length],
            Timestamps = [.. history.Select((_, i) => i * Gap)],
            Now = history.Length * Gap,
        });

        string[] History()
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var length = Math.Clamp((int)Math.Round(MedianLength * Math.Exp(normal)), 1, maxLength);
            return [.. Enumerable.Range(0, length).Select(_ => vocabulary[random.Next(1, vocabulary.Width)])];
        }
    }

    public int Count => _histories.Length;

    public IReadOnlyList<string[]> Histories => _histories;

    /// <summary>What the model is asked about each of them: an item a minute, viewed.</summary>
    public IReadOnlyList<InferenceRequest> Questions { get; }

    public static string IdOf(int number) => $"shopper-{number}";

    /// <summary>Gives every shopper's grain its history.</summary>
    public Task FillAsync(IGrainFactory grains, DateTimeOffset now) => Parallel.ForEachAsync(
        Enumerable.Range(0, Count),
        new ParallelOptions { MaxDegreeOfParallelism = 64 },
        async (number, _) =>
        {
            var history = _histories[number];
            var events = history.Select((item, i) => new PositionedEvent((number * 100L) + i, new BehaviorEvent
            {
                EventId = $"{number}-{i}",
                UserId = IdOf(number),
                ItemId = item,
                Type = EventType.View,
                Timestamp = now.AddMinutes(i - history.Length),
            }));
            await grains.GetGrain<IUserGrain>(IdOf(number)).Append(new EventBatch("benchmark", 0, [.. events]));
        });
}
