namespace Personalization.Benchmarks.Http;

/// <summary>What is measured.</summary>
/// <param name="Users">Shoppers, each with a history.</param>
/// <param name="WarmUp">Length of the closed loop before all of it: until the compiler has little left to do.</param>
/// <param name="Span">Length of a measurement.</param>
/// <param name="Rates">Recommendations a second in the open loop; each is measured with both.</param>
/// <param name="Callers">Connections at the maximum.</param>
/// <param name="Trials">Clicks, each followed by a shelf that has to know it.</param>
/// <param name="Parties">Who is measured, in this order.</param>
/// <param name="Rounds">How often all of them are, in turn.</param>
internal sealed record HttpBenchmarkOptions(int Users, TimeSpan WarmUp, TimeSpan Span, double[] Rates, int Callers, int Trials, HttpParty[] Parties, int Rounds);
