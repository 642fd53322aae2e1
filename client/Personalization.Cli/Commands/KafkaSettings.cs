namespace Personalization.Cli.Commands;

/// <summary>Settings of librdkafka as people write them: what <c>kcat -F</c> and the <c>--command-config</c> of Kafka's own tools read, too.</summary>
internal static class KafkaSettings
{
    /// <summary>Key of the brokers' addresses.</summary>
    public const string Servers = "bootstrap.servers";

    private const string OldServers = "metadata.broker.list";

    /// <summary>Reads a file of settings.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The settings in order.</returns>
    /// <exception cref="InvalidDataException">A line is no setting. It is named by its number: it may hold a secret.</exception>
    public static async Task<IReadOnlyList<KeyValuePair<string, string>>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var settings = new List<KeyValuePair<string, string>>();
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line) && !line.AsSpan().TrimStart().StartsWith('#'))
            {
                settings.Add(Pair(line) ?? throw new InvalidDataException($"{path}, line {number}: not key=value, nor a comment that begins with #."));
            }
        }

        return settings;
    }

    /// <summary>Reads <c>key=value</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Both without the blanks around them; null when there is no key.</returns>
    public static KeyValuePair<string, string>? Pair(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        var key = split < 0 ? string.Empty : text[..split].Trim();
        return key.Length == 0 ? null : new(key == OldServers ? Servers : key, text[(split + 1)..].Trim());
    }
}
