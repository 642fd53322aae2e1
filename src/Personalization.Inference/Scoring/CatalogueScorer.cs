using System.Numerics.Tensors;
using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Scoring;

/// <summary>
/// Scores every item for the rows of one run and keeps the best that are eligible. A block of items is read once for all rows. From rounded tiles it keeps more
/// than asked and scores those again with the vectors themselves; since only eligible items are kept, a filter never makes an answer shorter than it
/// could be. Holds scratch memory: one thread at a time.
/// </summary>
internal sealed class CatalogueScorer
{
    private const int AtOnce = ItemTiles.AtOnce;

    private readonly ItemTiles _tiles;
    private readonly float[] _vectors;
    private readonly float[] _biases;
    private readonly int _overFetch;
    private readonly int _leastFetch;
    private readonly RowScan[] _rows;
    private readonly RowScan[] _scanned;
    private readonly TileQuery[] _queries;

    /// <summary>Creates a scorer.</summary>
    /// <param name="tiles">All items, shared.</param>
    /// <param name="vectors">Their vectors, row after row, padding first.</param>
    /// <param name="biases">One for each row.</param>
    /// <param name="options">Rows of a run; how much more than asked rounded tiles give.</param>
    public CatalogueScorer(ItemTiles tiles, float[] vectors, float[] biases, InferenceOptions options)
    {
        (_tiles, _vectors, _biases, _overFetch, _leastFetch) = (tiles, vectors, biases, options.OverFetch, options.LeastFetch);
        _rows = [.. Enumerable.Range(0, options.MaxBatch).Select(_ => new RowScan(tiles))];
        (_scanned, _queries) = (new RowScan[options.MaxBatch], new TileQuery[options.MaxBatch]);
    }

    /// <summary>Fills in the best items, their scores and the normalizer of each job. Churn alone costs nothing here.</summary>
    /// <param name="jobs">The rows.</param>
    /// <param name="users">Their vectors, row after row.</param>
    /// <returns>Whether the items were scored for every row.</returns>
    public bool Score(ReadOnlySpan<InferenceJob> jobs, ReadOnlySpan<float> users)
    {
        var count = 0;
        for (var row = 0; row < jobs.Length; row++)
        {
            Begin(_rows[row], jobs[row], users.Slice(row * _tiles.Dimension, _tiles.Dimension));
            if (_rows[row].IsScanned)
            {
                (_scanned[count], _queries[count]) = (_rows[row], _rows[row].Query);
                count++;
            }
        }

        Span<float> scores = stackalloc float[AtOnce * ItemTiles.BlockItems];
        for (var block = 0; block < _tiles.Blocks; block++)
        {
            var row = 0;
            for (; row + AtOnce <= count; row += AtOnce)
            {
                _tiles.ScoreFour(block, _queries.AsSpan(row, AtOnce), scores, isFirst: row == 0);
                for (var one = 0; one < AtOnce; one++)
                {
                    _scanned[row + one].Take(block, scores.Slice(one * ItemTiles.BlockItems, ItemTiles.BlockItems));
                }
            }

            for (; row < count; row++)
            {
                _tiles.Score(block, _queries[row], scores[..ItemTiles.BlockItems], isFirst: row == 0);
                _scanned[row].Take(block, scores[..ItemTiles.BlockItems]);
            }
        }

        for (var row = 0; row < jobs.Length; row++)
        {
            End(_rows[row], jobs[row]);
        }

        return count == jobs.Length;
    }

    private void Begin(RowScan row, InferenceJob job, ReadOnlySpan<float> user)
    {
        (job.BestCount, job.LogSum) = (0, 0);
        var isFinite = float.IsFinite(TensorPrimitives.SumOfMagnitudes(user));
        if (!isFinite)
        {
            job.LogSum = float.NaN;
        }

        if (!isFinite || job.Selection is { Count: 0 })
        {
            row.Skip();
            return;
        }

        _tiles.Prepare(user, row.Query);
        var count = job.Selection?.Count ?? 0;
        row.Begin(job.Selection, _tiles.IsExact || count == 0 ? count : Math.Min(_tiles.Count - 1, Math.Max(count * _overFetch, _leastFetch)));
    }

    private void End(RowScan row, InferenceJob job)
    {
        if (!row.IsScanned)
        {
            return;
        }

        job.LogSum = row.LogSum;
        if (job.Selection is not null && _tiles.IsExact)
        {
            job.BestCount = row.CopyBest(job.Best, job.BestScores);
            return;
        }

        var candidates = job.Candidates ?? row.Kept;
        var count = job.Selection?.Count ?? candidates.Length;
        var heap = new TopHeap(job.Best.AsSpan(0, count), job.BestScores.AsSpan(0, count));
        foreach (var index in candidates)
        {
            heap.Offer(index, Exact(row.Query.Values, index));
        }

        job.BestCount = heap.Sort();
    }

    private float Exact(ReadOnlySpan<float> user, int index) =>
        TensorPrimitives.Dot(user, _vectors.AsSpan(index * user.Length, user.Length)) + _biases[index];

    // What is known of one row while the blocks go by.
    private sealed class RowScan(ItemTiles tiles)
    {
        private EligibleMask? _mask;
        private int[] _indices = [];
        private float[] _scores = [];
        private int _capacity;
        private int _count;
        private float _max;
        private double _sum;

        public TileQuery Query { get; } = new(tiles.Dimension);

        public bool IsScanned { get; private set; }

        public ReadOnlySpan<int> Kept => _indices.AsSpan(0, _count);

        public float LogSum => _max + (float)Math.Log(_sum);

        public void Skip() => IsScanned = false;

        public void Begin(Selection? selection, int capacity)
        {
            (IsScanned, _capacity, _count, _max, _sum) = (true, capacity, 0, float.NegativeInfinity, 0);
            if (_indices.Length < capacity)
            {
                (_indices, _scores) = (new int[capacity], new float[capacity]);
            }

            if (selection is not null)
            {
                _mask ??= new EligibleMask(tiles.Count);
                _mask.Set(selection);
            }
        }

        public void Take(int block, ReadOnlySpan<float> scores)
        {
            AddUp(scores);
            if (_capacity > 0)
            {
                var first = block * ItemTiles.BlockItems;
                var items = Math.Min(ItemTiles.BlockItems, tiles.Count - first);
                var heap = new TopHeap(_indices.AsSpan(0, _capacity), _scores.AsSpan(0, _capacity), _count);
                heap.OfferAll(scores[..items], _mask!.Words[(first / 64)..], first);
                _count = heap.Count;
            }
        }

        public int CopyBest(int[] best, float[] bestScores)
        {
            var found = new TopHeap(_indices.AsSpan(0, _capacity), _scores.AsSpan(0, _capacity), _count).Sort();
            _indices.AsSpan(0, found).CopyTo(best);
            _scores.AsSpan(0, found).CopyTo(bestScores);
            return found;
        }

        private void AddUp(ReadOnlySpan<float> scores)
        {
            var max = TensorPrimitives.Max(scores);
            if (max > _max)
            {
                _sum *= Math.Exp(_max - max);
                _max = max;
            }

            _sum += Exponential.Sum(scores, _max);
        }
    }
}
