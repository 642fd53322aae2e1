namespace Personalization.Replay;

/// <summary>The topic that a history is loaded into.</summary>
public interface IBootstrapTarget : IEventSink
{
    /// <summary>Identity of the topic: a recreated one has another.</summary>
    string Id { get; }

    /// <summary>Waits until everything sent so far is acknowledged by all replicas.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when it is.</returns>
    Task FlushAsync(CancellationToken cancellationToken);

    /// <summary>Where the topic ends now.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The next offset of each partition.</returns>
    Task<long[]> EndsAsync(CancellationToken cancellationToken);

    /// <summary>Which events the topic holds from some offsets on.</summary>
    /// <param name="from">The first offset of each partition.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Their ids.</returns>
    Task<IReadOnlySet<string>> EventIdsAsync(IReadOnlyList<long> from, CancellationToken cancellationToken);
}
