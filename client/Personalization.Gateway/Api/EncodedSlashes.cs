using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;
using Personalization.Events;

namespace Personalization.Gateway;

/// <summary>
/// Decodes ids that hold a slash. A server leaves <c>%2F</c> in the path as it is, so that <c>a%2Fb</c> and <c>a%252Fb</c>, two shoppers, reach the
/// routes as one; only the request line still knows which of them was meant.
/// </summary>
internal static class EncodedSlashes
{
    private const string Encoded = "%2F";

    /// <summary>Gives all routes behind it the values of their path as the caller meant them.</summary>
    /// <param name="app">The application, with its routing before this.</param>
    public static void Use(IApplicationBuilder app) => app.Use((context, next) =>
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var sent = target.AsSpan(0, end < 0 ? target.Length : end);
        return !Has(sent) && !Has(context.Request.Path.Value) || TryDecode(context, sent.ToString().Split('/'))
            ? next(context)
            : Problems.Invalid(new FieldError(string.Empty, "bad_path", "A path with an encoded slash must start the request's target and hold no . or .. as a segment."))
                .ExecuteAsync(context);
    });

    private static bool Has(ReadOnlySpan<char> path) => path.Contains(Encoded, StringComparison.OrdinalIgnoreCase);

    private static bool TryDecode(HttpContext context, string[] sent)
    {
        // Where the server took dot segments out, or was sent a whole address, the segments of its path are not those that were sent.
        var before = context.Request.PathBase.Value!.Count('/');
        if (sent.Length != before + context.Request.Path.Value!.Count('/') + 1)
        {
            return false;
        }

        var pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.PathSegments ?? [];
        for (var i = 0; i < pattern.Count && before + 1 + i < sent.Length; i++)
        {
            if (pattern[i] is { Parts: [RoutePatternParameterPart { IsCatchAll: false } parameter] })
            {
                context.Request.RouteValues[parameter.Name] = Uri.UnescapeDataString(sent[before + 1 + i]);
            }
        }

        return true;
    }
}
