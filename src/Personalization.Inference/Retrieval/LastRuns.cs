using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Personalization.Inference.Encoding;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// What the last run for a shopper gave: the scores of all items, or the shopper's vector where items are scored beside the graph. While the shopper's input is
/// the same, other items are ranked from it without another run, and from scores of all items other shelves are chosen: the same answer bit for bit. One place
/// for each hash of a shopper's id, so memory is bounded. Thread-safe.
/// </summary>
internal sealed class LastRuns
{
    private const int MostPlaces = 16_384;

    private readonly Place[] _places;
    private readonly int _width;
    private readonly bool _probabilities;
    private readonly bool _choosesInGraph;
    private readonly ConcurrentBag<CandidateSelector> _selectors = [];
    private readonly float[]? _vectors;
    private readonly float[]? _biases;
    private readonly TimeSpan _reuseFor;
    private readonly TimeProvider _time;

    /// <summary>Creates an empty memory.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="package">What it says of items.</param>
    /// <param name="options">How much is kept, and how long.</param>
    /// <param name="time">Real time.</param>
    public LastRuns(IModelRunner runner, ModelPackage package, InferenceOptions options, TimeProvider time)
    {
        (_width, _probabilities, _choosesInGraph) = (package.Vocabulary.Width, package.Manifest.GivesProbabilities, package.Manifest.TopItems > 0);
        (_biases, _reuseFor, _time) = (runner.ItemBiases, options.ReuseFor, time);
        _vectors = _biases is null ? null : runner.ItemVectors;

        // A row and the input that it is of.
        var rowBytes = (sizeof(float) * ((_vectors is null ? _width : _vectors.Length / _width) + package.Manifest.Totals.Length)) + EncodedSequence.BytesOf(package.Manifest.MaxLength);
        var places = _reuseFor == TimeSpan.Zero ? 0 : (int)Math.Min(MostPlaces, options.ReuseBytes / rowBytes);
        _places = [.. Enumerable.Range(0, places).Select(_ => new Place())];
    }

    /// <summary>
    /// Whether other shelves for the same input need no run: not where items are scored beside the graph, which costs more than a run does, nor where the graph
    /// chooses and gives no scores of the others.
    /// </summary>
    public bool AnswerShelves => _places.Length > 0 && _vectors is null && !_choosesInGraph;

    /// <summary>Keeps a row; not while another thread has its place.</summary>
    /// <param name="job">Whose; answered.</param>
    /// <param name="row">Its scores or its vector.</param>
    public void Put(InferenceJob job, ReadOnlySpan<float> row)
    {
        if (PlaceOf(job) is not { } place || !place.Lock.TryEnter())
        {
            return;
        }

        try
        {
            place.Sequence ??= new EncodedSequence(job.Sequence.Items.Length, job.Sequence.Totals.Length);
            place.Row ??= new float[row.Length];
            job.Sequence.CopyTo(place.Sequence);
            row.CopyTo(place.Row);
            (place.UserId, place.ElapsedClass, place.LogSum, place.Churn, place.At) = (job.UserId, job.ElapsedClass, job.LogSum, job.Churn, _time.GetTimestamp());
        }
        finally
        {
            place.Lock.Exit();
        }
    }

    /// <summary>Answers a job from the last run, if that was over the same input a moment ago.</summary>
    /// <param name="job">The job; gets the answer.</param>
    /// <returns>Whether it is answered.</returns>
    public bool TryAnswer(InferenceJob job)
    {
        if ((job.Candidates is null && !AnswerShelves) || PlaceOf(job) is not { } place)
        {
            return false;
        }

        // Held by others for microseconds, which is less than a run takes.
        lock (place.Lock)
        {
            if (!string.Equals(place.UserId, job.UserId, StringComparison.Ordinal)
                || place.ElapsedClass != job.ElapsedClass
                || _time.GetElapsedTime(place.At) > _reuseFor
                || !place.Sequence!.HasEventsOf(job.Sequence))
            {
                return false;
            }

            (job.LogSum, job.Churn) = (place.LogSum, place.Churn);
            Choose(place.Row, job);
            return true;
        }
    }

    private void Choose(ReadOnlySpan<float> row, InferenceJob job)
    {
        if (_vectors is not null)
        {
            RankByVector(row, job);
            return;
        }

        var selector = _selectors.TryTake(out var free) ? free : new CandidateSelector(_width, _probabilities);
        selector.Choose(row, job);
        _selectors.Add(selector);
    }

    private void RankByVector(ReadOnlySpan<float> vector, InferenceJob job)
    {
        var candidates = job.Candidates!;
        var heap = new TopHeap(job.Best.AsSpan(0, candidates.Length), job.BestScores.AsSpan(0, candidates.Length));
        foreach (var index in candidates)
        {
            heap.Offer(index, TensorPrimitives.Dot(vector, _vectors.AsSpan(index * vector.Length, vector.Length)) + _biases![index]);
        }

        job.BestCount = heap.Sort();
    }

    private Place? PlaceOf(InferenceJob job) => _places.Length == 0 || job.UserId.Length == 0 || job.Priority == InferencePriority.Bulk
        ? null
        : _places[(uint)job.UserId.GetHashCode(StringComparison.Ordinal) % (uint)_places.Length];

    private sealed class Place
    {
        public Lock Lock { get; } = new();

        public string? UserId { get; set; }

        public EncodedSequence? Sequence { get; set; }

        public float[]? Row { get; set; }

        public int ElapsedClass { get; set; }

        public float LogSum { get; set; }

        public float Churn { get; set; }

        public long At { get; set; }
    }
}
