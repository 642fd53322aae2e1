using Personalization.Events;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Remembers what it heard, in order.</summary>
internal sealed class RecordingReceipt : AppendReceipt
{
    private readonly Lock _lock = new();
    private readonly List<string> _heard = [];
    private volatile bool _void;

    public string Heard
    {
        get
        {
            lock (_lock)
            {
                return string.Join(' ', _heard);
            }
        }
    }

    public bool IsDurable => Heard.Contains("durable", StringComparison.Ordinal);

    public Exception? Failure { get; private set; }

    public override bool IsVoid => _void;

    public void GiveUp() => _void = true;

    public override void Applied() => Note("applied");

    public override void Durable() => Note($"durable:{Result.Applied}");

    public override void Failed(Exception exception)
    {
        Failure = exception;
        Note("failed");
    }

    private void Note(string what)
    {
        lock (_lock)
        {
            _heard.Add(what);
        }
    }
}
