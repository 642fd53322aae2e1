using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Personalization.Hosting;

/// <summary>Writes a health report as plain text: the status and, where something is not right, what the process waits for.</summary>
internal static class HealthReportWriter
{
    /// <summary>Writes it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="report">The report; exceptions are not shown.</param>
    /// <returns>Completes when it is written.</returns>
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var reasons = report.Entries.Values
            .Where(static entry => entry.Status != HealthStatus.Healthy && entry.Description is not null)
            .Select(static entry => entry.Description);
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(string.Join(' ', [report.Status.ToString(), .. reasons]));
    }
}
