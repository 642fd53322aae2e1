using Microsoft.AspNetCore.Diagnostics;
using Orleans.Runtime;
using Personalization.Client;

namespace Personalization.Gateway;

/// <summary>
/// Turns what can go wrong behind the gateway into 503 with <c>Retry-After</c>, and what a caller sent wrong into 4xx. The answer names the
/// trace, never the exception; the log names the exception's type only, as the text of one out of a grain holds the shopper's id.
/// </summary>
internal sealed partial class ProblemExceptionHandler(IProblemDetailsService problems, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, detail) = exception switch
        {
            BadHttpRequestException bad => (bad.StatusCode, "The request could not be read."),
            StreamUnavailableException => (StatusCodes.Status503ServiceUnavailable, "The event stream does not answer; send it again with the same event id."),
            OrleansException or TimeoutException or OperationCanceledException =>
                (StatusCodes.Status503ServiceUnavailable, "The cluster did not answer in time."),
            _ => (StatusCodes.Status503ServiceUnavailable, "The request failed inside the cluster."),
        };
        if (status >= StatusCodes.Status500InternalServerError)
        {
            LogUnavailable(RouteOf(httpContext), status, TypesOf(exception), detail);
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        httpContext.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = status, Detail = detail, Title = status >= 500 ? "The service is not available right now." : "The request is not valid." },
        });
    }

    // Of the context itself it is gone by now.
    private static string RouteOf(HttpContext context) => context.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.DisplayName ?? "unknown";

    private static string TypesOf(Exception exception) =>
        exception.InnerException is { } inner ? $"{exception.GetType().Name} of {TypesOf(inner)}" : exception.GetType().Name;

    [LoggerMessage(8000, LogLevel.Warning, "{Route} answered {Status} to {Exception}: {Detail}")]
    private partial void LogUnavailable(string route, int status, string exception, string detail);
}
