using Microsoft.Extensions.Logging;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Engine;

internal sealed partial class InferenceEngine
{
    private void Prepare(InferenceJob job, InferenceRequest request)
    {
        var now = _time.GetTimestamp();
        _encoder.Encode(request, job.Sequence);
        job.Bucket = _buckets.Of(job.Sequence.Length);
        (job.UserId, job.ElapsedClass) = (request.UserId ?? "", _encoder.ClassOf(job.Sequence.Elapsed));
        job.Priority = request.Priority;
        job.EnqueuedAt = now;
        job.Deadline = now + (long)Math.Min(request.Budget.TotalSeconds * _time.TimestampFrequency, long.MaxValue / 4);
        if (request.Candidates is { } candidates)
        {
            job.Candidates = Known(candidates);
            job.Selection = null;
            job.Reset(job.Candidates.Length);
            return;
        }

        var count = Math.Clamp(request.Count, 0, Math.Min(1_000, _package.Vocabulary.Count));
        job.Candidates = null;
        job.Selection = new Selection(_eligibility.Current(), request.Categories, Array.ConvertAll(request.Exclude, _package.Vocabulary.IndexOf), count);
        job.Reset(count);
    }

    // Model indices of the items that the model knows, each once.
    private int[] Known(string[] itemIds)
    {
        var indices = Array.ConvertAll(itemIds, _package.Vocabulary.IndexOf);
        Array.Sort(indices);
        var (count, last) = (0, 0);
        foreach (var index in indices)
        {
            if (index != last)
            {
                indices[count++] = last = index;
            }
        }

        return count == indices.Length ? indices : indices[..count];
    }

    private InferenceResult Read(InferenceJob job)
    {
        var candidates = new ScoredCandidate[job.BestCount];
        var causes = job.Causes.AsSpan(0, job.BestCount);
        _closest.Find(job.Best.AsSpan(0, job.BestCount), job.Sequence, causes);
        var isChecked = job.Selection is { } selection && _eligibility.IsCurrent(selection.View);
        for (var i = 0; i < candidates.Length; i++)
        {
            var index = job.Best[i];
            candidates[i] = new ScoredCandidate(
                _package.Vocabulary[index],
                MathF.Exp(job.BestScores[i] - job.LogSum),
                causes[i])
            {
                Item = isChecked ? _eligibility.EntryOf(index) : null,
            };
        }

        return new InferenceResult
        {
            Status = InferenceStatus.Ok,
            Model = Model,
            Candidates = candidates,
            Churn = _package.Manifest.Churn.Summarize(job.Churn),
            ChurnThreshold = _package.Manifest.Churn.High,
            QueueMs = job.Queued.TotalMilliseconds,
            RunMs = job.Ran.TotalMilliseconds,
        };
    }

    private InferenceResult Reject(InferenceStatus status, string stage)
    {
        _instruments.Rejected(status, stage);
        return InferenceResult.None(status) with { Model = Model };
    }

    [LoggerMessage(3010, LogLevel.Critical, "A thread of the inference engine failed beside a run. What it had taken gets a fallback; it goes on with what waits.")]
    private partial void LogWorkerFailed(Exception exception);

    [LoggerMessage(3011, LogLevel.Information, "The threads that run the model may not have niceness {Niceness} here (on Linux: root with the capability SYS_NICE, or a nice limit): they share processors as all others do.")]
    private partial void LogNiceness(int niceness);
}
