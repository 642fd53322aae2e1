using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Personalization.Users;

namespace Personalization.Hosting;

/// <summary>
/// Writes what another formatter writes, with <see cref="UserHash"/> in place of shoppers' ids: our own messages name nobody, but the actor framework's, and
/// exceptions out of a grain, hold the grain's key. An id ends for it at an activation's id (<c>@</c> and 32 digits), at white space, a quotation mark, a comma, a
/// closing bracket or a backslash: what an id has behind one of these is shown.
/// </summary>
/// <param name="inner">The formatter; the name stays.</param>
internal sealed partial class RedactingConsoleFormatter(ConsoleFormatter inner) : ConsoleFormatter(inner.Name)
{
    private const string GrainType = "user/";

    /// <summary>Puts one around every formatter that is registered.</summary>
    /// <param name="services">The services; the console's logging is among them.</param>
    public static void Decorate(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { ImplementationType: { } type } known && known.ServiceType == typeof(ConsoleFormatter))
            {
                services[i] = ServiceDescriptor.Singleton<ConsoleFormatter>(
                    provider => new RedactingConsoleFormatter((ConsoleFormatter)ActivatorUtilities.CreateInstance(provider, type)));
            }
        }
    }

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var written = new StringWriter(CultureInfo.InvariantCulture);
        inner.Write(logEntry, scopeProvider, written);
        textWriter.Write(Redact(written.ToString()));
    }

    private static string Redact(string text) => text.Contains(GrainType, StringComparison.Ordinal)
        ? UserKey().Replace(text, static match => GrainType + "#" + UserHash.Of(Regex.Unescape(match.Groups["id"].Value)))
        : text;

    // JSON writes what is not ASCII, and a quotation mark, as an escape.
    [GeneratedRegex("(?<![A-Za-z])user/(?<id>([^\\s@\\],\"'\\\\]|@(?![0-9a-f]{32})|\\\\u(?!002[27])[0-9A-Fa-f]{4})+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex UserKey();
}
