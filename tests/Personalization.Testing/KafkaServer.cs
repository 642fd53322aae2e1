using Confluent.Kafka;

namespace Personalization.Testing;

/// <summary>A real Apache Kafka (KRaft) from <c>KAFKA_HOME</c>, on free ports and in a temporary folder: one node, to which a second broker may be added.</summary>
public sealed class KafkaServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port;
    private readonly int _controllerPort;
    private readonly int _securePort;
    private readonly string _keyStore;
    private readonly string _authority;
    private readonly int _peerPort;
    private string _clusterId = "";
    private ChildProcess? _process;
    private ChildProcess? _peer;

    private KafkaServer()
    {
        (_keyStore, _authority) = ServerCertificate.Create(_directory.Path);
        var ports = FreePort.Take(4);
        _port = ports[0];
        _controllerPort = ports[1];
        _securePort = ports[2];
        _peerPort = ports[3];
    }

    /// <summary>Why a broker cannot be started here, or null.</summary>
    public static string? MissingReason =>
        Environment.GetEnvironmentVariable("KAFKA_HOME") is not { Length: > 0 } home ? "KAFKA_HOME is not set (an unpacked Apache Kafka 4 download)."
        : !Directory.Exists(Path.Combine(home, "libs")) ? $"KAFKA_HOME={home} has no folder 'libs'."
        : Programs.OnPath("java") is null ? "Java is not on PATH."
        : null;

    /// <summary>Id of the broker.</summary>
    public static int Id => 1;

    /// <summary>Id of the second broker.</summary>
    public static int PeerId => 2;

    /// <summary>Where clients connect.</summary>
    public string BootstrapServers => $"127.0.0.1:{_port}";

    /// <summary>Where clients connect over TLS and name themselves, with <see cref="SecureSettings"/>.</summary>
    public string SecureServers => $"127.0.0.1:{_securePort}";

    /// <summary>What a client of <see cref="SecureServers"/> has to be set to.</summary>
    public IReadOnlyDictionary<string, string> SecureSettings => SettingsOf("shop");

    /// <summary>The same for a client that may do nothing but what access control lists give to <c>User:guest</c>; others may do everything.</summary>
    public IReadOnlyDictionary<string, string> GuestSettings => SettingsOf("guest");

    /// <summary>Id of the running broker's process.</summary>
    public int ProcessId => _process!.Id;

    private static string ClassPath => Path.Combine(Environment.GetEnvironmentVariable("KAFKA_HOME")!, "libs", "*");

    private string Configuration => Path.Combine(_directory.Path, "server.properties");

    private string PeerConfiguration => Path.Combine(_directory.Path, "peer.properties");

    /// <summary>Starts a broker and waits until it answers.</summary>
    /// <returns>The broker.</returns>
    public static async Task<KafkaServer> StartAsync()
    {
        var server = new KafkaServer();
        try
        {
            await server.FormatAsync();
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the broker on the data it left.</summary>
    /// <returns>Completes when it answers.</returns>
    public async Task StartAgainAsync()
    {
        _process = Run(Configuration);
        await Wait.UntilAsync(() => IsAnswering(_process, BootstrapServers), StartTimeout, $"Kafka on {BootstrapServers}; its output:\n{_process.Output}");
    }

    /// <summary>Starts the second broker, at first or, after it was ended at once, again on the data it left.</summary>
    /// <returns>Completes when it answers.</returns>
    public async Task StartPeerAsync()
    {
        if (_peer is null)
        {
            await File.WriteAllTextAsync(PeerConfiguration, $"""
                process.roles=broker
                node.id={PeerId}
                controller.quorum.voters={Id}@127.0.0.1:{_controllerPort}
                listeners=PLAINTEXT://127.0.0.1:{_peerPort}
                advertised.listeners=PLAINTEXT://127.0.0.1:{_peerPort}
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs={Path.Combine(_directory.Path, "peer")}
                auto.create.topics.enable=false
                """);
            await FormatAsync(PeerConfiguration);
        }
        else
        {
            await _peer.DisposeAsync();
        }

        _peer = Run(PeerConfiguration);
        await Wait.UntilAsync(() => IsAnswering(_peer, $"127.0.0.1:{_peerPort}"), StartTimeout, $"Kafka's second broker; its output:\n{_peer.Output}");
    }

    /// <summary>Ends the broker at once (kill -9), its data stays.</summary>
    /// <returns>Completes when the process is gone.</returns>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_peer is not null)
        {
            await _peer.DisposeAsync();
        }

        await KillAsync();
        _directory.Dispose();
    }

    private Dictionary<string, string> SettingsOf(string user) => new(StringComparer.Ordinal)
    {
        ["security.protocol"] = "SASL_SSL",
        ["ssl.ca.location"] = _authority,
        ["sasl.mechanism"] = "PLAIN",
        ["sasl.username"] = user,
        ["sasl.password"] = "secret",
    };

    private async Task FormatAsync()
    {
        await File.WriteAllTextAsync(Configuration, $"""
            process.roles=broker,controller
            node.id={Id}
            controller.quorum.voters={Id}@127.0.0.1:{_controllerPort}
            listeners=PLAINTEXT://127.0.0.1:{_port},SECURE://127.0.0.1:{_securePort},CONTROLLER://127.0.0.1:{_controllerPort}
            advertised.listeners=PLAINTEXT://127.0.0.1:{_port},SECURE://127.0.0.1:{_securePort}
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT
            inter.broker.listener.name=PLAINTEXT
            listener.name.secure.ssl.keystore.type=PEM
            listener.name.secure.ssl.keystore.location={_keyStore}
            listener.name.secure.sasl.enabled.mechanisms=PLAIN
            listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_shop="secret" user_guest="secret";
            authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
            super.users=User:ANONYMOUS;User:shop
            log.dirs={Path.Combine(_directory.Path, "data")}
            auto.create.topics.enable=false
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=4
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            share.coordinator.state.topic.replication.factor=1
            share.coordinator.state.topic.min.isr=1
            group.initial.rebalance.delay.ms=0
            """);
        _clusterId = (await ChildProcess.RunAsync("java", ["-cp", ClassPath, "kafka.tools.StorageTool", "random-uuid"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();
        await FormatAsync(Configuration);
    }

    private async Task FormatAsync(string configuration) =>
        await ChildProcess.RunAsync("java", ["-cp", ClassPath, "kafka.tools.StorageTool", "format", "-t", _clusterId, "-c", configuration]);

    private ChildProcess Run(string configuration) =>
        ChildProcess.Start("java", ["-Xms128m", "-Xmx512m", "-cp", ClassPath, "kafka.Kafka", configuration], workingDirectory: _directory.Path);

    private static bool IsAnswering(ChildProcess process, string servers)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException("Kafka ended:\n" + process.Output);
        }

        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers, LogConnectionClose = false })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        return admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count > 0;
    }
}
