namespace Personalization.Inference.Engine;

/// <summary>Jobs of one priority and length class in the order they came: linked through the jobs themselves, so it allocates nothing.</summary>
internal sealed class JobList
{
    /// <summary>Number of jobs.</summary>
    public int Count { get; private set; }

    /// <summary>The job that waits longest, or null.</summary>
    public InferenceJob? Oldest { get; private set; }

    /// <summary>The job that came last, or null.</summary>
    public InferenceJob? Newest { get; private set; }

    public void Add(InferenceJob job)
    {
        (job.Older, job.Newer) = (Newest, null);
        if (Newest is null)
        {
            Oldest = job;
        }
        else
        {
            Newest.Newer = job;
        }

        Newest = job;
        Count++;
    }

    public void Remove(InferenceJob job)
    {
        if (job.Older is null)
        {
            Oldest = job.Newer;
        }
        else
        {
            job.Older.Newer = job.Newer;
        }

        if (job.Newer is null)
        {
            Newest = job.Older;
        }
        else
        {
            job.Newer.Older = job.Older;
        }

        (job.Older, job.Newer) = (null, null);
        Count--;
    }
}
