namespace Personalization.Benchmarks.Stream;

/// <summary>What the steady stream looks like and what is asked of it.</summary>
/// <param name="Rate">Events a second.</param>
/// <param name="Users">Users they belong to.</param>
/// <param name="History">Events each of them has on average before it begins.</param>
/// <param name="Duration">How long it is measured.</param>
/// <param name="WarmUp">How long it flows before.</param>
/// <param name="Silos">Silo processes.</param>
/// <param name="Bot">Events a second of one more user, who is no shopper.</param>
/// <param name="Probes">Clicks a second that are followed.</param>
/// <param name="MaxVisible">Most milliseconds (p99) from producing a click to a shelf that knows it.</param>
/// <param name="MaxDurable">Most milliseconds (p99) from producing a click to its row in PostgreSQL.</param>
/// <param name="MostGrowth">MiB that the silos' resident memory may grow from the second quarter to the last, as medians.</param>
/// <param name="Graph">File of the memory graph (SVG), or null.</param>
internal sealed record StreamOptions(
    double Rate, int Users, int History, TimeSpan Duration, TimeSpan WarmUp, int Silos, double Bot, double Probes, double MaxVisible, double MaxDurable, double MostGrowth, string? Graph);
