namespace Personalization.Cli.Load;

/// <summary>Trials that have not ended; those that have are forgotten. For one thread.</summary>
internal sealed class OpenTrials
{
    private readonly List<Task> _tasks = [];
    private int _limit = 1_024;

    public void Add(Task trial)
    {
        _tasks.Add(trial);
        if (_tasks.Count >= _limit)
        {
            _tasks.RemoveAll(task => task.IsCompletedSuccessfully);
            _limit = Math.Max(1_024, _tasks.Count * 2);
        }
    }

    public Task AllAsync() => Task.WhenAll(_tasks);
}
