using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Personalization.Gateway;

/// <summary>The shop (<c>/</c>) and the operator's view (<c>/ops</c>), out of the assembly, so that they work from any host.</summary>
internal static class Pages
{
    private const string ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    public static void Map(WebApplication app)
    {
        var files = new ManifestEmbeddedFileProvider(typeof(Pages).Assembly, "wwwroot");
        app.MapGet("/", (HttpContext context) => Page(context, files, "index.html")).ExcludeFromDescription();
        app.MapGet("/ops", (HttpContext context) => Page(context, files, "ops.html")).ExcludeFromDescription();
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = new FileExtensionContentTypeProvider(),
            OnPrepareResponse = context => Protect(context.Context.Response),
        });
    }

    private static FileStreamHttpResult Page(HttpContext context, ManifestEmbeddedFileProvider files, string name)
    {
        Protect(context.Response);
        var file = files.GetFileInfo(name);
        return TypedResults.Stream(file.CreateReadStream(), "text/html; charset=utf-8");
    }

    // A page has more than one address (/ops, /ops.html), and all of them need this.
    private static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-cache";
    }
}
