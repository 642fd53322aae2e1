using System.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;

namespace Personalization.Gateway;

/// <summary>
/// Writes problems as JSON whatever the caller accepts, which may be events only, or pages: an error is known by its status, and one that is not told at all, or
/// without its trace, helps nobody.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (problem, response) = (context.ProblemDetails, context.HttpContext.Response);
        var status = problem.Status ??= response.StatusCode;
        problem.Title ??= ReasonPhrases.GetReasonPhrase(status);
        problem.Type = Problems.IsOwn(problem.Type) ? problem.Type : Problems.TypeOf(status);
        problem.Extensions.TryAdd("traceId", Activity.Current?.Id ?? context.HttpContext.TraceIdentifier);
        return new ValueTask(response.WriteAsJsonAsync(problem, options: null, "application/problem+json", context.HttpContext.RequestAborted));
    }
}
