using System.CommandLine;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary>How Kafka is reached: <c>--bootstrap-servers</c>, <c>--kafka</c> and <c>--kafka-config</c>.</summary>
internal sealed class KafkaArguments
{
    private const string DefaultServers = "localhost:9092";

    private readonly Option<string?> _servers;
    private readonly Option<KeyValuePair<string, string>[]> _settings = new("--kafka")
    {
        Description = "A setting of librdkafka, for instance security.protocol=SASL_SSL; may be given again, and wins over --kafka-config, where secrets are better kept.",
        HelpName = "key=value",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result =>
        {
            var pairs = result.Tokens.Select(token => KafkaSettings.Pair(token.Value)).ToArray();
            if (pairs.Any(pair => pair is null))
            {
                result.AddError("--kafka takes key=value, for instance security.protocol=SASL_SSL.");
            }

            return [.. pairs.OfType<KeyValuePair<string, string>>()];
        },
    };

    private readonly Option<FileInfo?> _file = new("--kafka-config") { Description = "A file of such settings, key=value a line; a line that begins with # is a comment." };

    /// <summary>Makes the options.</summary>
    /// <param name="purpose">What Kafka is for, where that needs a word.</param>
    public KafkaArguments(string? purpose = null) => _servers = new Option<string?>("--bootstrap-servers")
    {
        Description = $"{purpose ?? "Kafka."} Default: bootstrap.servers of the settings, or {DefaultServers}.",
    };

    public void AddTo(Command command)
    {
        command.Add(_servers);
        command.Add(_settings);
        command.Add(_file);
    }

    /// <summary>Whether any of the options was given.</summary>
    /// <param name="parsed">The command line.</param>
    public bool IsGiven(ParseResult parsed) => new Option[] { _servers, _settings, _file }.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Reads the options and the file.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How Kafka is reached.</returns>
    public async Task<KafkaConnection> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var file = parsed.GetValue(_file) is { } path ? await KafkaSettings.ReadAsync(path.FullName, cancellationToken) : [];
        foreach (var (key, value) in file.Concat(parsed.GetValue(_settings) ?? []))
        {
            settings[key] = value;
        }

        return new KafkaConnection(parsed.GetValue(_servers) ?? settings.GetValueOrDefault(KafkaSettings.Servers) ?? DefaultServers, settings);
    }
}
