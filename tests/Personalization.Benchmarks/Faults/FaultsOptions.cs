namespace Personalization.Benchmarks.Faults;

/// <summary>How faults are tried.</summary>
/// <param name="Events">Different events of each run; 3 % are sent twice, 5 % arrive up to an hour late.</param>
/// <param name="Users">Users they belong to.</param>
/// <param name="Rate">Events a second; 0: as fast as Kafka takes them.</param>
/// <param name="Silos">Silo processes.</param>
/// <param name="Faults">Names of the faults.</param>
internal sealed record FaultsOptions(long Events, int Users, double Rate, int Silos, IReadOnlyList<string> Faults);
