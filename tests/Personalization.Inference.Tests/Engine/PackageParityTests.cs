using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

public sealed class PackageParityTests : IDisposable
{
    private const int MaxBatch = 32;

    private readonly Personalization.Inference.Packages.ModelPackage _package = ShippedPackage.Load();
    private readonly ParityFile _parity = ShippedPackage.ReadParity();
    private readonly IModelRunner _runner;
    private readonly IModelSlot _slot;
    private readonly LengthBuckets _buckets;

    public PackageParityTests()
    {
        _runner = TestEngine.Runners().Open(_package);
        _slot = _runner.CreateSlot(MaxBatch);
        _buckets = new LengthBuckets(_package.Manifest.MaxLength);
    }

    public void Dispose()
    {
        _slot.Dispose();
        _runner.Dispose();
    }

    [Fact]
    public void A_row_alone_gives_what_training_gave() => Compare(row => row.Items.Length, batch: 1);

    [Fact]
    public void A_row_padded_to_its_length_class_gives_what_training_gave() =>
        Compare(row => _buckets[_buckets.Of(row.Items.Length)], batch: 1);

    [Fact]
    public void A_row_among_others_gives_what_training_gave() => Compare(_ => _package.Manifest.MaxLength, batch: MaxBatch);

    // ONNX Runtime computes exp and log over a whole batch at once, 16 numbers at a time and what is left at its end one by one, which may round the last bit
    // otherwise, and products with a single column over so many rows: the exporter leaves nothing at the end of a row and makes no such product.
    [Fact]
    public void A_row_among_any_number_of_others_gives_bit_for_bit_what_it_gives_alone()
    {
        var rows = _parity.Rows[..MaxBatch];
        for (var bucket = 0; bucket < _buckets.Count; bucket++)
        {
            var length = _buckets[bucket];
            var ofLength = rows.Select(row => row.NewestOf(length)).ToArray();
            var alone = Array.ConvertAll(ofLength, row => Run([row], length)[0]);
            for (var batch = 2; batch <= MaxBatch; batch++)
            {
                var together = Run(ofLength[..batch], length);
                for (var i = 0; i < batch; i++)
                {
                    together[i].ShouldBeTheSame(alone[i], $"row {i} of {batch}, length {length}");
                }
            }
        }
    }

    // Runtimes sum a row so many numbers at a time: the exporter pads the encoder's window in whole groups, as the length classes do.
    [Fact]
    public void A_row_padded_to_any_length_class_gives_bit_for_bit_what_it_gives_in_its_own()
    {
        var random = new Random(20111209);
        foreach (var row in _parity.Rows.Where(row => row.Items.Length <= _buckets[_buckets.Count - 2]).Take(200).Concat(Enumerable.Range(0, 200).Select(_ => Any(random))))
        {
            var own = _buckets.Of(row.Items.Length);
            var expected = Run([row], _buckets[own])[0];
            for (var bucket = own + 1; bucket < _buckets.Count; bucket++)
            {
                var padded = Run([row], _buckets[bucket])[0];
                padded.ShouldBeTheSame(expected, $"{row.Items.Length} events at length {_buckets[bucket]}");
            }
        }
    }

    [Fact]
    public async Task Two_slots_of_one_session_at_the_same_time_give_bit_for_bit_what_one_gives_alone()
    {
        const int Rounds = 8;
        using var other = _runner.CreateSlot(MaxBatch);
        var rows = _parity.Rows.Chunk(MaxBatch).Take(2).ToArray();
        var length = _package.Manifest.MaxLength;
        var alone = Array.ConvertAll(rows, one => Run(_slot, one, length));
        using var begin = new Barrier(2);

        var together = await Task.WhenAll(Runs(_slot, rows[0]), Runs(other, rows[1]));

        for (var caller = 0; caller < 2; caller++)
        {
            foreach (var (i, answer) in together[caller].Index())
            {
                answer.ShouldBeTheSame(alone[caller][i % rows[caller].Length], $"answer {i} of caller {caller}");
            }
        }

        Task<(float[] Scores, float Churn)[]> Runs(IModelSlot slot, ParityRow[] of) => Task.Factory.StartNew(
            () =>
            {
                var answers = new List<(float[] Scores, float Churn)>();
                for (var round = 0; round < Rounds; round++)
                {
                    begin.SignalAndWait();
                    answers.AddRange(Run(slot, of, length));
                }

                return answers.ToArray();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private ParityRow Any(Random random)
    {
        var length = random.Next(1, _buckets[_buckets.Count - 2] + 1);
        return _parity.Rows[0] with
        {
            Items = Draw(1, _package.Vocabulary.Width),
            Actions = Draw(1, _package.Manifest.Actions.Count + 1),
            Gaps = Draw(2, _package.Manifest.GapBoundariesSeconds.Length + 3),
            Elapsed = random.Next(10_000_000),
        };

        int[] Draw(int from, int to) => [.. Enumerable.Range(0, length).Select(_ => random.Next(from, to))];
    }

    private (float[] Scores, float Churn)[] Run(ParityRow[] rows, int length) => Run(_slot, rows, length);

    private (float[] Scores, float Churn)[] Run(IModelSlot slot, ParityRow[] rows, int length)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].ToSequence(_package.Manifest.MaxLength).Write(slot.Buffers, i, length);
        }

        slot.Run(rows.Length, length);
        return [.. rows.Select((_, i) => (slot.Buffers.Scores.AsSpan(i * slot.Buffers.Width, slot.Buffers.Width).ToArray(), slot.Buffers.Churn[i]))];
    }

    private void Compare(Func<ParityRow, int> lengthOf, int batch)
    {
        _parity.Rows.Length.ShouldBeGreaterThanOrEqualTo(16);
        foreach (var rows in _parity.Rows.Chunk(batch))
        {
            var length = rows.Max(lengthOf);
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i].ToSequence(_package.Manifest.MaxLength).Write(_slot.Buffers, i, length);
            }

            _slot.Run(rows.Length, length);
            for (var i = 0; i < rows.Length; i++)
            {
                Compare(rows[i], _slot.Buffers.ScoresOf(i), _slot.Buffers.Churn[i]);
            }
        }
    }

    private void Compare(ParityRow expected, ReadOnlySpan<float> scores, float churn)
    {
        var (best, values) = (new int[expected.TopItems.Length], new float[expected.TopItems.Length]);
        var heap = new TopHeap(best, values);
        for (var index = 1; index < scores.Length; index++)
        {
            heap.Offer(index, scores[index]);
        }

        heap.Sort().ShouldBe(best.Length);
        best.ShouldBe(expected.TopItems);
        for (var i = 0; i < best.Length; i++)
        {
            values[i].ShouldBe(expected.TopScores[i], _parity.Tolerance);
        }

        churn.ShouldBe(expected.Churn, _parity.Tolerance);
    }
}
