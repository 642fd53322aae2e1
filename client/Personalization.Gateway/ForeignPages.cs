using Microsoft.Extensions.Options;

namespace Personalization.Gateway;

/// <summary>
/// Keeps web pages of other origins from changing anything: a browser sends a request without a body for any page, from inside the operator's network.
/// Programs send neither header and pass.
/// </summary>
internal static class ForeignPages
{
    /// <summary>Refuses such requests with 403.</summary>
    /// <param name="app">The application.</param>
    public static void Refuse(IApplicationBuilder app)
    {
        var allowed = app.ApplicationServices.GetRequiredService<IOptions<GatewayOptions>>().Value.AllowedOrigins;
        app.Use((context, next) => IsSafe(context.Request.Method) || IsOwn(context.Request) || allowed.Contains(context.Request.Headers.Origin.ToString(), StringComparer.OrdinalIgnoreCase)
            ? next(context)
            : Problems.Forbidden("A web page of another origin may not change anything here. Send it from a server, or add the page's origin to Personalization:Gateway:AllowedOrigins.")
                .ExecuteAsync(context));
    }

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    // Browsers send Sec-Fetch-Site over HTTPS and to localhost only; Origin comes with every such request.
    private static bool IsOwn(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() switch
    {
        "" => request.Headers.Origin.ToString() is var origin && (origin.Length == 0 || IsHost(origin, request.Host)),
        var site => site is "same-origin" or "none",
    };

    // Without the scheme, which a proxy that ends TLS changes.
    private static bool IsHost(string origin, HostString host) =>
        origin.Split("://") is [_, var authority] && string.Equals(authority, host.Value, StringComparison.OrdinalIgnoreCase);
}
