using System.CommandLine;
using System.CommandLine.Parsing;

namespace Personalization.Cli.Commands;

/// <summary>How the gateway is reached: <c>--url</c> and <c>--header</c>.</summary>
/// <param name="url">The address where it is not the usual option.</param>
internal sealed class GatewayArguments(Option<Uri?>? url = null)
{
    private readonly Option<Uri?> _url = url ?? Common.Url();
    private readonly Option<KeyValuePair<string, string>[]> _headers = new("--header")
    {
        Description = "A header of every request to the gateway, for instance \"Authorization: Bearer …\"; may be given again.",
        HelpName = "Name: value",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = ReadHeaders,
    };

    public void AddTo(Command command)
    {
        command.Add(_url);
        command.Add(_headers);
    }

    /// <summary>The gateway's address.</summary>
    /// <param name="parsed">The command line.</param>
    /// <returns>The address; null where it may be left out and was.</returns>
    public Uri? Url(ParseResult parsed) => parsed.GetValue(_url);

    /// <summary>Talks to the gateway.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="timeout">How long an answer may take; null: 30 s.</param>
    /// <returns>A client that sends the headers.</returns>
    public HttpClient Open(ParseResult parsed, TimeSpan? timeout = null)
    {
        var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 512 })
        {
            BaseAddress = Url(parsed),
            Timeout = timeout ?? TimeSpan.FromSeconds(30),
        };
        foreach (var (name, value) in parsed.GetValue(_headers) ?? [])
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        return http;
    }

    // What was typed is not repeated: it may be a secret.
    private static KeyValuePair<string, string>[] ReadHeaders(ArgumentResult result)
    {
        var headers = new List<KeyValuePair<string, string>>();
        using var request = new HttpRequestMessage();
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            var split = Math.Max(0, text.IndexOf(':', StringComparison.Ordinal));
            var (name, value) = (text[..split], text[Math.Min(split + 1, text.Length)..].Trim());
            if (value.Length == 0 || value.Any(letter => letter is < ' ' or > '~') || !request.Headers.TryAddWithoutValidation(name, value))
            {
                result.AddError("--header takes a request header as \"Name: value\", for instance \"Authorization: Bearer …\".");
            }

            headers.Add(new(name, value));
        }

        return [.. headers];
    }
}
