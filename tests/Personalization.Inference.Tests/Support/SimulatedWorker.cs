using BatchWorker = Personalization.Inference.Engine.BatchWorker;

namespace Personalization.Inference.Tests.Support;

/// <summary>
/// A worker of an engine on a thread of its own that goes on only when it is told and then as far as its next run's begin or end, so that several are simulated and
/// never two of them do anything at the same time.
/// </summary>
internal sealed class SimulatedWorker : IDisposable
{
    private readonly SemaphoreSlim _goOn = new(0);
    private readonly SemaphoreSlim _stands = new(0);
    private readonly Thread _thread;
    private Exception? _failure;
    private bool _ends;

    public SimulatedWorker(BatchWorker worker)
    {
        _thread = new Thread(() => Work(worker)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The one on whose thread this is called; null elsewhere.</summary>
    [field: ThreadStatic]
    public static SimulatedWorker? Current { get; private set; }

    /// <summary>When the run that it is in ends; null: it is in none.</summary>
    public TimeSpan? RunEnds { get; private set; }

    /// <summary>Takes the next batch as far as the begin of its run, or ends the run that it is in.</summary>
    public void GoOn()
    {
        _goOn.Release();
        _stands.Wait();
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("A simulated worker failed.", failure);
        }
    }

    /// <summary>On its own thread: is in a run until then.</summary>
    /// <param name="end">When.</param>
    public void RunUntil(TimeSpan end)
    {
        RunEnds = end;
        _stands.Release();
        _goOn.Wait();
        RunEnds = null;
    }

    public void Dispose()
    {
        _ends = true;
        _goOn.Release();
        _thread.Join();
        _goOn.Dispose();
        _stands.Dispose();
    }

    private void Work(BatchWorker worker)
    {
        Current = this;
        while (true)
        {
            _goOn.Wait();
            if (_ends)
            {
                return;
            }

            try
            {
                worker.Step(wait: false);
            }
            catch (Exception e)
            {
                _failure = e;
            }

            _stands.Release();
        }
    }
}
