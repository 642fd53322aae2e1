using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Engine;

internal sealed partial class BatchWorker
{
    [LoggerMessage(3000, LogLevel.Error, "A run of {Batch} requests of length {Length} failed.")]
    private partial void LogRunFailed(Exception exception, int batch, int length);
}
