namespace Personalization.Benchmarks.Ingestion;

/// <summary>What the ingestion benchmark measures.</summary>
/// <param name="Events">Events in the topic.</param>
/// <param name="Users">Users they belong to.</param>
/// <param name="Zipf">Skew of the users.</param>
/// <param name="Rounds">How often every contender runs; the table shows medians.</param>
/// <param name="Contenders">Who runs, in this order, round by round.</param>
/// <param name="PeerDirectory">Folder of the Kafka Streams program, or null.</param>
/// <param name="Silos">Silo processes of our contenders.</param>
/// <param name="SiloSettings">Settings of the silos on top of the defaults, <c>Section__Name=value</c>.</param>
internal sealed record IngestionOptions(
    long Events, int Users, double Zipf, int Rounds, IReadOnlyList<string> Contenders, string? PeerDirectory, int Silos, IReadOnlyList<string> SiloSettings);
