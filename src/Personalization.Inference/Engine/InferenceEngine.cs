using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference.Encoding;
using Personalization.Inference.Packages;
using Personalization.Inference.Retrieval;
using Personalization.Inference.Scoring;
using Personalization.Items;
using Personalization.Models;

namespace Personalization.Inference.Engine;

/// <summary>Serves one loaded model: a queue and threads that run it in batches. Thread-safe. Disposing serves what waits, then frees the model.</summary>
internal sealed partial class InferenceEngine : IAsyncDisposable
{
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly ModelPackage _package;
    private readonly IModelRunner _runner;
    private readonly TimeProvider _time;
    private readonly ModelInstruments _instruments;
    private readonly ILogger _logger;
    private readonly LengthBuckets _buckets;
    private readonly RequestQueue _queue;
    private readonly BatchWorker[] _workers;
    private readonly SequenceEncoder _encoder;
    private readonly EligibilityIndex _eligibility;
    private readonly ClosestEvents _closest;
    private readonly SimilarItems _similar;
    private readonly LastRuns _lastRuns;
    private readonly int _niceness;
    private readonly ConcurrentBag<InferenceJob> _jobs = [];
    private readonly List<Task> _threads = [];
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _outstanding;

    public InferenceEngine(
        ModelPackage package,
        IModelRunner runner,
        IItemCatalog catalog,
        InferenceOptions options,
        TimeProvider time,
        InferenceInstruments instruments,
        ILogger<InferenceEngine> logger)
    {
        (_package, _runner, _time, _instruments, _logger) = (package, runner, time, instruments.Of(package.Ref), logger);
        _niceness = options.Niceness;
        Knows = itemId => package.Vocabulary.IndexOf(itemId) != 0;
        _buckets = new LengthBuckets(package.Manifest.MaxLength);
        var cost = new RunCost(_buckets.Count);
        _queue = new RequestQueue(_buckets.Count, cost, options, time);
        _encoder = new SequenceEncoder(package);
        _eligibility = new EligibilityIndex(package.Vocabulary, catalog);
        var vectors = new ItemVectors(runner.ItemVectors, package.Manifest.Dimension);
        _closest = new ClosestEvents(vectors, package.Manifest.MaxLength);
        _similar = new SimilarItems(package.Vocabulary, vectors, _eligibility);
        _lastRuns = new LastRuns(runner, package, options, time);
        var retrieval = RetrievalOf(runner, options);
        var services = new EngineServices(_buckets, cost, _lastRuns, time, _instruments, logger);
        _workers = [.. Enumerable.Range(0, options.Workers).Select(number => new BatchWorker(number, _queue, [NewRun(), NewRun()], services))];

        BatchRun NewRun()
        {
            var slot = runner.CreateSlot(options.MaxBatch);
            return new BatchRun(slot, retrieval(slot.Buffers), services);
        }
    }

    /// <summary>The model.</summary>
    public ModelRef Model => _package.Ref;

    /// <summary>Tells whether the model knows an item.</summary>
    public Predicate<string> Knows { get; }

    /// <summary>Its longest input.</summary>
    public int MaxLength => _encoder.MaxLength;

    /// <summary>Whether another shelf for the same input is answered from the run for the one before it.</summary>
    public bool SharesRuns => _lastRuns.AnswerShelves;

    /// <summary>Requests that are not answered yet.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Requests that wait for a run.</summary>
    public int Queued => _queue.Count;

    /// <summary>How long the answer to a short interactive request takes that comes now; the largest value when it would be refused.</summary>
    public TimeSpan ExpectedTime => _queue.ExpectedTime;

    /// <summary>The workers, for tests that step them by hand instead of starting the engine.</summary>
    internal IReadOnlyList<BatchWorker> Workers => _workers;

    /// <summary>Runs every shape once, on every worker.</summary>
    public void WarmUp()
    {
        foreach (var worker in _workers)
        {
            worker.WarmUp();
        }

        _eligibility.Current();
    }

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        foreach (var worker in _workers)
        {
            Start(() => Serve(worker));
        }
    }

    /// <summary>
    /// Starts the threads; each runs every shape before it serves, and then a question is asked. What a provider keeps for a thread is kept for the one that serves.
    /// </summary>
    /// <param name="gently">Whether to leave most of the processor to others, who answer requests meanwhile.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when all serve.</returns>
    /// <exception cref="InvalidOperationException">The model's answer cannot be used. Whatever a graph fails with is thrown too.</exception>
    public async Task StartWarmAsync(bool gently, CancellationToken cancellationToken)
    {
        var warm = new List<Task>();
        foreach (var worker in _workers)
        {
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            warm.Add(ready.Task);
            Start(() =>
            {
                try
                {
                    worker.WarmUp(gently, cancellationToken);
                }
                catch (Exception e)
                {
                    ready.SetException(e);
                    return;
                }

                ready.SetResult();
                Serve(worker);
            });
        }

        _eligibility.Current();
        await Task.WhenAll(warm);
        await CheckAnswerAsync(cancellationToken);
    }

    /// <summary>Asks the model.</summary>
    /// <param name="request">The question.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null, and then at once, when the engine is being replaced: ask the one after it.</returns>
    /// <remarks>
    /// Whoever awaits it without a context of its own goes on on the thread that tells a run's answers, before the ones behind it are told: not to block there.
    /// </remarks>
    public async ValueTask<InferenceResult?> TryInferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Budget <= TimeSpan.Zero)
        {
            return Reject(InferenceStatus.DeadlineExceeded, "admission");
        }

        var job = _jobs.TryTake(out var free) ? free : new InferenceJob(MaxLength, _package.Manifest.Totals.Length);
        Prepare(job, request);
        if (job.Sequence.Length == 0)
        {
            _jobs.Add(job);
            return Reject(InferenceStatus.NoKnownItems, "admission");
        }

        if (_lastRuns.TryAnswer(job))
        {
            _instruments.Reused();
            var reused = Read(job);
            _jobs.Add(job);
            return reused;
        }

        var added = _queue.TryAdd(job);
        if (added != QueueOutcome.Added)
        {
            _jobs.Add(job);
            return added switch
            {
                QueueOutcome.Closed => null,
                QueueOutcome.TooLate => Reject(InferenceStatus.DeadlineExceeded, "admission"),
                _ => Reject(InferenceStatus.Overloaded, "admission"),
            };
        }

        Interlocked.Increment(ref _outstanding);
        try
        {
            using var cancel = cancellationToken.UnsafeRegister(static (state, token) => ((InferenceJob)state!).Cancel(token), job);
            var status = await job.Done.ConfigureAwait(false);
            var result = status == InferenceStatus.Ok
                ? Read(job)
                : Reject(status, status == InferenceStatus.Failed ? "run" : "queue") with { QueueMs = job.Queued.TotalMilliseconds, RunMs = job.Ran.TotalMilliseconds };
            cancel.Dispose();
            _jobs.Add(job);
            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    /// <summary>Eligible items closest to an item.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>Best first; null when the model does not know the item.</returns>
    public ItemScore[]? Similar(string itemId, int count) => _similar.Of(itemId, count);

    // A graph may run and give what is no number.
    private async Task CheckAnswerAsync(CancellationToken cancellationToken)
    {
        var answer = await TryInferAsync(
            new InferenceRequest
            {
                ItemIds = [_package.Vocabulary[1]],
                Types = [EventType.View],
                Timestamps = [0],
                Now = 0,
                Count = 1,
                Priority = InferencePriority.Bulk,
                Budget = TimeSpan.FromDays(1),
            },
            cancellationToken);
        if (answer?.Status == InferenceStatus.Failed)
        {
            throw new InvalidOperationException("its scores are not finite, or the run failed for what the log says before this.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        _closing.TrySetResult();
        await Task.WhenAll(_threads);
        _workers[0].Abandon();
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }

        _runner.Dispose();
    }

    private static Func<BatchBuffers, IRetrieval> RetrievalOf(IModelRunner runner, InferenceOptions options)
    {
        if (runner.ItemBiases is not { } biases)
        {
            return static buffers => buffers.TopCount > 0 ? new TopRetrieval(buffers) : new ScoresRetrieval(buffers);
        }

        var tiles = ItemTiles.Create(runner.ItemVectors, biases, options.ExactItems);
        return buffers => new VectorRetrieval(buffers, new CatalogueScorer(tiles, runner.ItemVectors, biases, options));
    }

    private void Start(Action work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _threads.Add(ended.Task);
        var thread = new Thread(() =>
        {
            work();
            ended.SetResult();
        });
        (thread.IsBackground, thread.Name) = (true, $"inference {Model.Name}/{Model.Version}");
        thread.Start();
    }

    // Not before it serves: warming up, it leaves the processor to those who answer meanwhile.
    private void Serve(BatchWorker worker)
    {
        if (_niceness != 0 && !ThreadNiceness.TrySet(_niceness) && worker == _workers[0])
        {
            LogNiceness(_niceness);
        }

        while (GoesOn(worker))
        {
        }

        worker.Drain();
    }

    // What waits must not wait for ever because of a failure that nobody foresaw; nor may one that comes again at once fill the log.
    private bool GoesOn(BatchWorker worker)
    {
        try
        {
            return worker.Step(wait: true);
        }
        catch (Exception e)
        {
            LogWorkerFailed(e);
            worker.GiveUp();
            return !_closing.Task.Wait(RestAfterFailure);
        }
    }
}
