using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Engine;

internal sealed partial class BatchWorker
{
    [LoggerMessage(3000, LogLevel.Error, "A run of {Batch} requests of length {Length} failed.")]
    private partial void LogRunFailed(Exception exception, int batch, int length);

    [LoggerMessage(3001, LogLevel.Error, "The model's scores of row {Row} are not finite.")]
    private partial void LogNotFinite(int row);

    [LoggerMessage(3002, LogLevel.Error, "An answer could not be read from the model's scores.")]
    private partial void LogAnswerFailed(Exception exception);
}
