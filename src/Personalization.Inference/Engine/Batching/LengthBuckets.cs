namespace Personalization.Inference.Engine;

/// <summary>
/// Lengths that rows are padded to. Most histories are short and a short row is up to five times cheaper, so many rows of one length class
/// make a run of their own; few share a run with those of another, padded to the longer one (<see cref="RequestQueue"/>).
/// </summary>
internal sealed class LengthBuckets
{
    private static readonly int[] Standard = [8, 16, 32, 48];

    private readonly int[] _lengths;

    /// <summary>Creates the classes of a model.</summary>
    /// <param name="maxLength">Its longest input, the last class.</param>
    public LengthBuckets(int maxLength) => _lengths = [.. Standard.Where(length => length < maxLength), maxLength];

    /// <summary>Number of classes.</summary>
    public int Count => _lengths.Length;

    /// <summary>The length of a class.</summary>
    public int this[int bucket] => _lengths[bucket];

    /// <summary>The shortest class that holds a row.</summary>
    /// <param name="length">Its length, at most the model's.</param>
    /// <returns>The class.</returns>
    public int Of(int length)
    {
        var bucket = 0;
        while (_lengths[bucket] < length)
        {
            bucket++;
        }

        return bucket;
    }
}
