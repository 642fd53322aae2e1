using System.Numerics.Tensors;

namespace Personalization.Benchmarks.Catalogue;

/// <summary>
/// Item vectors as trained ones look, from a seed: clusters (one for each 200 items, sizes skewed) around centres whose dimensions weigh less and less
/// (variance 1/rank), items off their centre by half of its length, a length that varies log-normally, and a bias that follows a Zipf popularity.
/// A shopper's vector is the mean of eight items out of one to three clusters with noise, scaled so that scores spread as a trained model's do.
/// </summary>
internal sealed class SyntheticItems
{
    private const int ItemsPerCluster = 200;
    private const int HistoryLength = 8;
    private const float Spread = 0.5f;
    private const float UserNoise = 0.2f;
    private const float UserLength = 10;
    private const float LengthSpread = 0.2f;

    private readonly Random _random;
    private readonly int[][] _clusters;

    /// <summary>Makes items.</summary>
    /// <param name="count">Number of items; index 0 is padding on top.</param>
    /// <param name="dimension">Length of a vector.</param>
    /// <param name="seed">Makes them the same again.</param>
    public SyntheticItems(int count, int dimension, int seed)
    {
        (Count, Dimension, _random) = (count, dimension, new Random(seed));
        Vectors = new float[(count + 1) * dimension];
        Biases = new float[count + 1];
        var centres = Enumerable.Range(0, Math.Max(3, count / ItemsPerCluster)).Select(_ => Normal(1)).ToArray();
        var members = centres.Select(_ => new List<int>()).ToArray();
        for (var index = 1; index <= count; index++)
        {
            // A square makes the first clusters the larger ones.
            var cluster = (int)(_random.NextDouble() * _random.NextDouble() * centres.Length);
            members[cluster].Add(index);
            var row = Vectors.AsSpan(index * dimension, dimension);
            TensorPrimitives.MultiplyAdd<float>(Normal(Spread), 1, centres[cluster], row);
            TensorPrimitives.Multiply(row, (float)Math.Exp(LengthSpread * Gauss()), row);
            Biases[index] = -MathF.Log(1 + _random.Next(count)) / 4;
        }

        _clusters = [.. members.Where(member => member.Count > 0).Select(member => member.ToArray())];
    }

    /// <summary>Number of items.</summary>
    public int Count { get; }

    /// <summary>Length of a vector.</summary>
    public int Dimension { get; }

    /// <summary>Row after row, padding first.</summary>
    public float[] Vectors { get; }

    /// <summary>One for each row.</summary>
    public float[] Biases { get; }

    /// <summary>A shopper's history, model indices.</summary>
    public int[] NextHistory()
    {
        var clusters = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => _clusters[_random.Next(_clusters.Length)]).ToArray();
        return [.. Enumerable.Range(0, HistoryLength).Select(_ => clusters[_random.Next(clusters.Length)]).Select(items => items[_random.Next(items.Length)])];
    }

    /// <summary>A shopper's vector.</summary>
    public float[] NextUser()
    {
        var user = Normal(UserNoise);
        Embed(NextHistory(), user);
        return user;
    }

    /// <summary>Adds a history to a vector and gives it the length that shoppers' vectors have.</summary>
    public void Embed(ReadOnlySpan<int> history, Span<float> user)
    {
        foreach (var index in history)
        {
            TensorPrimitives.MultiplyAdd(Vectors.AsSpan(index * Dimension, Dimension), 1f / history.Length, user, user);
        }

        TensorPrimitives.Multiply(user, UserLength / TensorPrimitives.Norm<float>(user), user);
    }

    private float[] Normal(float length)
    {
        var values = new float[Dimension];
        for (var d = 0; d < Dimension; d++)
        {
            values[d] = (float)(Gauss() / Math.Sqrt(1 + d));
        }

        TensorPrimitives.Multiply(values, length / TensorPrimitives.Norm<float>(values), values);
        return values;
    }

    private double Gauss() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
