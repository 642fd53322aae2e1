using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Personalization.Telemetry;

namespace Personalization.Ingestion;

/// <summary>Continues the trace of whoever produced an event (W3C <c>traceparent</c> header).</summary>
internal static class IngestionActivity
{
    private const string Header = "traceparent";
    private static readonly ActivitySource Source = new(TelemetryNames.Source);

    /// <summary>The trace a message belongs to; default when nobody listens or it has none.</summary>
    public static ActivityContext ContextOf(Headers? headers)
    {
        if (headers is null || !Source.HasListeners() || !headers.TryGetLastBytes(Header, out var bytes) || bytes is not { Length: < 128 })
        {
            return default;
        }

        return ActivityContext.TryParse(Encoding.ASCII.GetString(bytes), traceState: null, isRemote: true, out var context) ? context : default;
    }

    /// <summary>Starts the activity of one batch, which ends on another thread: it is not this one's current activity. Null when nobody listens.</summary>
    public static Activity? StartAppend(ActivityContext parent, int partition)
    {
        var current = Activity.Current;
        var activity = Source.StartActivity("append", ActivityKind.Consumer, parent);
        Activity.Current = current;
        activity?.SetTag("messaging.system", "kafka");
        activity?.SetTag("messaging.destination.partition.id", partition);
        return activity;
    }
}
