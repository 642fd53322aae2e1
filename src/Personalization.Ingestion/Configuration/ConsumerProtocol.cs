namespace Personalization.Ingestion;

/// <summary>How the consumers of a group agree on who reads which partition.</summary>
public enum ConsumerProtocol
{
    /// <summary>The classic group protocol with the cooperative-sticky assignor: works with every broker.</summary>
    Classic = 0,

    /// <summary>KIP-848: the broker assigns (<c>group.protocol=consumer</c>, Kafka 4.0 and later).</summary>
    Consumer = 1,
}
