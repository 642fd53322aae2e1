namespace Personalization.Users;

/// <summary>What user grains log. A user is named by <see cref="UserHash"/>.</summary>
internal static partial class UserLog
{
    [LoggerMessage(2000, LogLevel.Error, "The state of user {User} could not be written; it is read again and the batch has to be sent again.")]
    public static partial void WriteFailed(ILogger logger, string user, Exception exception);

    [LoggerMessage(2001, LogLevel.Information, "User {User} was erased.")]
    public static partial void Erased(ILogger logger, string user);

    [LoggerMessage(2002, LogLevel.Warning, "The churn score of user {User} could not be renewed; a sweeper looks again.")]
    public static partial void RefreshFailed(ILogger logger, string user, Exception exception);

    [LoggerMessage(2003, LogLevel.Warning, "The churn warning of user {User} could not be published; it is kept and published again.")]
    public static partial void PublishFailed(ILogger logger, string user, Exception exception);

    [LoggerMessage(2004, LogLevel.Warning, "It could not be found out whether something is stored of user {User}; what is in memory answers.")]
    public static partial void RowNotReached(ILogger logger, string user, Exception exception);
}
