namespace Personalization.Benchmarks.Http;

/// <summary>Processor time that a request takes in each process of a service, and in the generator.</summary>
internal sealed class HttpMeter
{
    private readonly CpuMeter _service = new();
    private TimeSpan _generator;

    /// <summary>Prepares.</summary>
    /// <param name="contender">The service.</param>
    public HttpMeter(IContender contender)
    {
        foreach (var (name, process) in contender.Processes)
        {
            _service.Add(name, process);
        }
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _service.Start();
        _generator = Environment.CpuUsage.TotalTime;
    }

    /// <summary>Processor time since <see cref="Start"/>, microseconds a request.</summary>
    /// <param name="requests">How many there were.</param>
    public string Text(int requests)
    {
        var generator = Environment.CpuUsage.TotalTime - _generator;
        return $"{CpuMeter.Text(_service.PerEvent(requests))}, generator {generator.TotalMicroseconds / requests:0.0}";
    }
}
