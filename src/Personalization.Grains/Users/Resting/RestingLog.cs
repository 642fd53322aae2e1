namespace Personalization.Users;

/// <summary>What the resting users log.</summary>
internal static partial class RestingLog
{
    [LoggerMessage(2401, LogLevel.Error, "A batch could not be applied to its user's row and is sent again")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(2402, LogLevel.Warning, "{Users} users' rows could not be read and are read again")]
    public static partial void NotRead(ILogger logger, int users, Exception exception);

    [LoggerMessage(2403, LogLevel.Warning, "{Users} users' rows may not have been written and are read again")]
    public static partial void NotWritten(ILogger logger, int users, Exception exception);
}
