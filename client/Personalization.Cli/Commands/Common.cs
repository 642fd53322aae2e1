using System.CommandLine;
using System.CommandLine.Parsing;
using Personalization.Client;
using Spectre.Console;

namespace Personalization.Cli.Commands;

/// <summary>What the commands share.</summary>
internal static class Common
{
    public static Option<Uri> Url() => new("--url")
    {
        Description = "Address of the gateway.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:5080/"),
        CustomParser = ParseUrl,
    };

    public static Option<string> Kafka() => new("--bootstrap-servers")
    {
        Description = "Kafka.",
        DefaultValueFactory = _ => "localhost:9092",
    };

    public static Option<string> Dataset() => new("--dataset")
    {
        Description = "Folder with online_retail.csv.gz and items.jsonl.",
        DefaultValueFactory = _ => Path.Combine("models", "data", "online-retail"),
    };

    /// <summary>Reads an address.</summary>
    /// <param name="result">What was typed.</param>
    /// <returns>The address, with a slash at its end.</returns>
    public static Uri? ParseUrl(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : string.Empty;
        if (Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        result.AddError($"'{text}' is no address such as http://127.0.0.1:5080.");
        return null;
    }

    public static HttpClient Http(Uri url) => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 512 })
    {
        BaseAddress = url,
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Runs a command and turns what can go wrong into a sentence and an exit code.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">The user's Ctrl+C.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<Task<int>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            AnsiConsole.MarkupLine("[yellow]Stopped.[/]");
            return ExitCodes.Cancelled;
        }
        catch (HttpRequestException exception)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]The gateway does not answer:[/] {exception.Message}. Is --url right, and does it run?");
            return ExitCodes.Unavailable;
        }
        catch (PersonalizationApiException exception)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return ExitCodes.Different;
        }
        catch (IOException exception)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return ExitCodes.NoInput;
        }
    }
}
