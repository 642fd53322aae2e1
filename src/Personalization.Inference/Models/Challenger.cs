using Microsoft.Extensions.Logging;
using Personalization.Inference.Engine;
using Personalization.Models;

namespace Personalization.Inference.Models;

/// <summary>The engine of a challenge and what is learned of it. Thread-safe.</summary>
/// <param name="challenge">Which model is wanted, and whom it answers.</param>
/// <param name="engine">Its engine, owned.</param>
/// <param name="instruments">Its own: get the differences and what it leaves to the champion.</param>
/// <param name="logger">Log.</param>
internal sealed partial class Challenger(ModelChallenge challenge, InferenceEngine engine, ModelInstruments instruments, ILogger logger)
    : IAsyncDisposable
{
    private const int ComparedItems = 10;
    private const int ComparisonsPerLog = 1_000;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    private int _comparing;
    private int _count;
    private int _shelves;
    private double _overlap;
    private double _churn;

    /// <summary>Which model is wanted, and whom it answers.</summary>
    public ModelChallenge Challenge => challenge;

    /// <summary>The same with the model that does: this silo's variant of it, if it is to serve one.</summary>
    public ModelChallenge Status => challenge with { Model = engine.Model };

    /// <summary>The engine.</summary>
    public InferenceEngine Engine => engine;

    /// <summary>Counts a question that the champion answers in its place.</summary>
    /// <param name="reason">Why.</param>
    public void Unanswered(InferenceStatus reason) => instruments.Unanswered(reason);

    /// <summary>The same model for another share of the shoppers.</summary>
    /// <param name="share">The share.</param>
    /// <returns>A challenger that takes this one's place and engine.</returns>
    public Challenger With(double share) => new(challenge with { Share = share }, engine, instruments, logger);

    /// <summary>
    /// Asks the challenger what the champion has answered and takes the difference down. One at a time, at the lowest priority, so under
    /// load it is a sample; nobody waits for it.
    /// </summary>
    /// <param name="request">The question.</param>
    /// <param name="answer">The champion's answer, scored.</param>
    /// <returns>Completes when compared; never fails.</returns>
    public async Task CompareAsync(InferenceRequest request, InferenceResult answer)
    {
        if (Interlocked.Exchange(ref _comparing, 1) != 0)
        {
            return;
        }

        try
        {
            var other = await engine.TryInferAsync(request with { Priority = InferencePriority.Bulk, Budget = Budget }, CancellationToken.None);
            if (other is { Status: InferenceStatus.Ok })
            {
                // Of what is only put in order, and of a few items, all would be among the best of both.
                Add(request is { Candidates: null, Count: >= ComparedItems } ? Overlap(answer, other) : null, Math.Abs(other.Churn!.Probability - answer.Churn!.Probability));
            }
        }
        catch (Exception e)
        {
            LogCompareFailed(e);
        }
        finally
        {
            Volatile.Write(ref _comparing, 0);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => engine.DisposeAsync();

    private static double Overlap(InferenceResult a, InferenceResult b)
    {
        var count = Math.Min(ComparedItems, Math.Max(a.Candidates.Length, b.Candidates.Length));
        return count == 0 ? 1 : Top(a).Intersect(Top(b), StringComparer.Ordinal).Count() / (double)count;

        static IEnumerable<string> Top(InferenceResult result) => result.Candidates.Take(ComparedItems).Select(item => item.ItemId);
    }

    private void Add(double? overlap, double churn)
    {
        if (overlap is { } share)
        {
            instruments.Overlaps(share);
            (_shelves, _overlap) = (_shelves + 1, _overlap + share);
        }

        instruments.ChurnDiffers(churn);
        _churn += churn;
        if (++_count == ComparisonsPerLog)
        {
            LogCompared(engine.Model.Name, engine.Model.Version, _count, _churn / _count, _overlap / Math.Max(1, _shelves), _shelves);
            (_count, _shelves, _overlap, _churn) = (0, 0, 0, 0);
        }
    }

    [LoggerMessage(3045, LogLevel.Information, "Challenger {Name}/{Version}, last {Count} comparisons: churn differs by {Churn:F3}; {Overlap:P1} of the ten best items are the champion's, of {Shelves} shelves.")]
    private partial void LogCompared(string name, string version, int count, double churn, double overlap, int shelves);

    [LoggerMessage(3046, LogLevel.Warning, "The challenger could not be compared.")]
    private partial void LogCompareFailed(Exception exception);
}
