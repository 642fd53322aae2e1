using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary>What the commands share.</summary>
internal static class Common
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private static readonly JsonSerializerOptions Indented = new(PersonalizationJson.Options) { WriteIndented = true };

    public static Option<Uri?> Url() => new("--url")
    {
        Description = "Address of the gateway.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:5080/"),
        CustomParser = ParseUrl,
    };

    public static Option<string> Topic() => new("--topic")
    {
        Description = "Topic of the events.",
        DefaultValueFactory = _ => Topics.Clickstream,
    };

    public static Option<double> Rate(string description, double value) => NotNegative("--rate", description, value);

    /// <summary>A number of at least 0.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="value">When it is left out.</param>
    /// <param name="aliases">Other names.</param>
    public static Option<double> NotNegative(string name, string description, double value, params string[] aliases) =>
        Number(name, aliases, description, value, number => number >= 0, "of at least 0");

    /// <summary>A number of more than 0.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="value">When it is left out.</param>
    public static Option<double> Positive(string name, string description, double value) =>
        Number(name, [], description, value, number => number > 0, "of more than 0");

    /// <summary>A whole number within bounds.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="value">When it is left out.</param>
    /// <param name="min">Least.</param>
    /// <param name="max">Most.</param>
    public static Option<int> Count(string name, string description, int value, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < min || given > max))
            {
                result.AddError($"{name} must be from {min:N0} to {max:N0}, not {given}.");
            }
        });
        return option;
    }

    public static Option<FileInfo?> Json() => new("--json") { Description = "Writes the report to a file, too." };

    /// <summary>Writes a report.</summary>
    /// <param name="file">Where; null: nowhere.</param>
    /// <param name="report">The report.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteJsonAsync(FileInfo? file, object report, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(report, Indented), cancellationToken);
        }
    }

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
            return Fail(ExitCodes.Cancelled, "Stopped.");
        }
        catch (Exception exception) when (Explain(exception) is { } failure)
        {
            return Fail(failure.Code, failure.Sentence);
        }
    }

    /// <summary>What a failure means to the user; null for a fault of the program.</summary>
    /// <param name="exception">The failure.</param>
    /// <returns>Exit code and sentence.</returns>
    internal static (int Code, string Sentence)? Explain(Exception exception) => exception switch
    {
        CommandException command => (command.ExitCode, command.Message),
        HttpRequestException or SocketException => (ExitCodes.Unavailable, $"The gateway does not answer: {exception.Message} Is --url right, and does it run?"),
        OperationCanceledException => (ExitCodes.Unavailable, "The gateway did not answer in time."),
        TimeoutException => (ExitCodes.Unavailable, exception.Message),
        PersonalizationApiException api => ((int)api.Status >= 500 ? ExitCodes.Unavailable : ExitCodes.Different, api.Message),
        KafkaSettingsException => (ExitCodes.Usage, $"{exception.Message} Look at --kafka and --kafka-config: the settings are librdkafka's (its CONFIGURATION.md lists them), not those of Java's clients."),
        // What a client refuses before it asks anybody: an id that no path can name, no brokers at all.
        ArgumentException argument => (ExitCodes.Usage, argument.Message),
        KafkaUnavailableException => (ExitCodes.Unavailable, exception.Message),
        FileNotFoundException or DirectoryNotFoundException => (ExitCodes.NoInput, exception.Message),
        InvalidDataException or JsonException or FormatException => (ExitCodes.BadInput, exception.Message),
        IOException { HResult: NoSpaceLeft } => (ExitCodes.NoRoom, exception.Message),
        IOException or UnauthorizedAccessException => (ExitCodes.NoInput, exception.Message),
        _ => null,
    };

    private static Option<double> Number(string name, string[] aliases, string description, double value, Func<double, bool> isGood, string what) => new(name, aliases)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : string.Empty;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) || !isGood(number))
            {
                result.AddError($"{name} must be a number {what}, not '{text}'.");
            }

            return number;
        },
    };

    private static int Fail(int code, string sentence)
    {
        Terminal.Warn(sentence);
        return code;
    }
}
