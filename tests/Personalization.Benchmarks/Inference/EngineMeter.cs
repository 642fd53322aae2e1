using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Benchmarks.Inference;

/// <summary>Sums what the engine and the process measure between two moments.</summary>
internal sealed class EngineMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private double _run;
    private long _runs;
    private long _rows;
    private TimeSpan _cpu;
    private long _allocated;
    private TimeSpan _paused;
    private int _collections;

    public EngineMeter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Source && instrument.Name.StartsWith("personalization.inference.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (_lock)
            {
                _run += instrument.Name == TelemetryNames.InferenceRunDuration ? value : 0;
            }
        });
        _listener.SetMeasurementEventCallback<int>((_, value, _, _) =>
        {
            lock (_lock)
            {
                (_runs, _rows) = (_runs + 1, _rows + value);
            }
        });
        _listener.Start();
    }

    /// <summary>Rows of all runs.</summary>
    public long Rows => _rows;

    /// <summary>Rows of a run.</summary>
    public double RowsPerRun => _rows / (double)Math.Max(1, _runs);

    /// <summary>One run, ms.</summary>
    public double RunMilliseconds => _run * 1e3 / Math.Max(1, _runs);

    /// <summary>In runs of the model, microseconds a request.</summary>
    public double ModelMicroseconds => _run * 1e6 / Math.Max(1, _rows);

    /// <summary>Time spent in runs, s.</summary>
    public double RunSeconds => _run;

    /// <summary>Begins again.</summary>
    public void Start()
    {
        lock (_lock)
        {
            (_run, _runs, _rows) = (0, 0, 0);
        }

        (_cpu, _allocated) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        (_paused, _collections) = (GC.GetTotalPauseDuration(), GC.CollectionCount(0));
    }

    /// <summary>Processor time of the process since the start, microseconds a request.</summary>
    public double CpuMicroseconds(int requests) => (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds / Math.Max(1, requests);

    /// <summary>Allocated since the start, bytes a request.</summary>
    public double AllocatedBytes(int requests) => (GC.GetTotalAllocatedBytes() - _allocated) / (double)Math.Max(1, requests);

    /// <summary>Pauses of the garbage collector since the start: how many collections, and how long one stopped everything on average, ms.</summary>
    public string Pauses()
    {
        var collections = GC.CollectionCount(0) - _collections;
        return $"{collections} collections, {(GC.GetTotalPauseDuration() - _paused).TotalMilliseconds / Math.Max(1, collections):0.0} ms each";
    }

    public void Dispose() => _listener.Dispose();
}
