namespace Personalization.Inference.Engine;

/// <summary>
/// Jobs whose answers are ready and not told yet. Who waits for an answer goes on where it is told, so a run's answers take few turns of the thread pool
/// instead of one each. Linked through the jobs themselves, so it allocates nothing. For one thread.
/// </summary>
internal sealed class AnsweredJobs
{
    // What goes on with an answer takes some 20 microseconds: the answers of a full run are worth several threads where there are some.
    private const int ATurn = 8;

    private InferenceJob? _first;
    private InferenceJob? _last;

    /// <summary>Adds a job that is in no list any more.</summary>
    /// <param name="job">The job.</param>
    /// <param name="status">How it ended.</param>
    public void Add(InferenceJob job, InferenceStatus status)
    {
        (job.Status, job.Older, job.Newer) = (status, null, null);
        if (_last is null)
        {
            _first = job;
        }
        else
        {
            _last.Newer = job;
        }

        _last = job;
    }

    /// <summary>Takes the first out, for the thread that answered it.</summary>
    /// <returns>The job; null when the first is none that somebody waits for now.</returns>
    public InferenceJob? TakeFirst() => _first is { Priority: InferencePriority.Interactive } ? Take(1) : null;

    /// <summary>Tells all on the calling thread.</summary>
    public void TellHere()
    {
        while (TakeTurn() is { } turn)
        {
            turn.TellAll();
        }
    }

    /// <summary>Tells all on the thread pool.</summary>
    public void TellElsewhere()
    {
        while (TakeTurn() is { } turn)
        {
            ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
        }
    }

    /// <summary>Takes as many as one thread should tell.</summary>
    /// <returns>The first, with the others linked behind it; null when there is none.</returns>
    public InferenceJob? TakeTurn() => Take(ATurn);

    private InferenceJob? Take(int most)
    {
        var (turn, last) = (_first, _first);
        for (var more = 1; more < most && last?.Newer is { } next; more++)
        {
            last = next;
        }

        if (last is not null)
        {
            (_first, last.Newer) = (last.Newer, null);
            _last = _first is null ? null : _last;
        }

        return turn;
    }
}
