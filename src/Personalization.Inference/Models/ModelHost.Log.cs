using Microsoft.Extensions.Logging;
using Personalization.Models;

namespace Personalization.Inference.Models;

internal sealed partial class ModelHost
{
    [LoggerMessage(3030, LogLevel.Information, "Model {Name}/{Version} answers now, on {Provider}; loading took {Milliseconds:F0} ms.")]
    private partial void LogLoaded(string name, string version, string provider, double milliseconds);

    [LoggerMessage(3031, LogLevel.Error, "A model could not be loaded; {Active} goes on answering.")]
    private partial void LogLoadFailed(Exception exception, ModelRef? active);
}
