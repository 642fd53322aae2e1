using System.Collections.Immutable;
using System.Numerics.Tensors;
using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Tests.Support;

/// <summary>Item vectors in clusters with biases, and shoppers near some of them; the same for the same seed.</summary>
internal sealed class Vectors
{
    public Vectors(int items, int dimension, int users, int seed = 1)
    {
        (Items, Dimension) = (items, dimension);
        var random = new Random(seed);
        var centres = Enumerable.Range(0, 1 + (items / 50)).Select(_ => Draw(1)).ToArray();
        Table = [.. new float[dimension], .. Enumerable.Range(0, items).SelectMany(_ => Near(0.5f, 1))];
        Biases = [0, .. Enumerable.Range(0, items).Select(_ => random.NextSingle() - 0.5f)];
        Users = [.. Enumerable.Range(0, users).SelectMany(_ => Near(0.7f, 3))];

        IEnumerable<float> Near(float distance, float length)
        {
            var centre = centres[random.Next(centres.Length)];
            return Draw(distance).Zip(centre, (noise, value) => length * (noise + value));
        }

        float[] Draw(float length)
        {
            var values = Enumerable.Range(0, dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
            TensorPrimitives.Multiply(values, length / TensorPrimitives.Norm<float>(values), values);
            return values;
        }
    }

    public int Items { get; }

    public int Dimension { get; }

    public float[] Table { get; }

    public float[] Biases { get; }

    public float[] Users { get; }

    public ReadOnlySpan<float> User(int user) => Users.AsSpan(user * Dimension, Dimension);

    public float Score(int user, int index) => TensorPrimitives.Dot(User(user), Table.AsSpan(index * Dimension, Dimension)) + Biases[index];

    public int[] Best(int user, int count, Func<int, bool>? isEligible = null) =>
    [
        .. Enumerable.Range(1, Items).Where(isEligible ?? (_ => true)).Select(index => (Index: index, Score: Score(user, index)))
            .OrderByDescending(item => item.Score).ThenBy(item => item.Index).Take(count).Select(item => item.Index),
    ];

    public InferenceJob Job(int count, Func<int, bool>? isEligible = null, int[]? excluded = null)
    {
        var available = new ulong[(Items / 64) + 1];
        foreach (var index in Enumerable.Range(1, Items).Where(isEligible ?? (_ => true)))
        {
            Bits.Set(available, index);
        }

        var view = new EligibilityView(0, true, available, ImmutableDictionary<string, CategoryItems>.Empty);
        var job = new InferenceJob(0) { Selection = new Selection(view, [], excluded ?? [], count) };
        job.Reset(count);
        return job;
    }
}
