using Microsoft.Extensions.Logging;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Engine;

/// <summary>What all runs of an engine share.</summary>
/// <param name="Buckets">Length classes.</param>
/// <param name="Cost">Learns what runs take.</param>
/// <param name="LastRuns">Keeps what runs gave, if anybody does.</param>
/// <param name="Time">Real time.</param>
/// <param name="Instruments">What is measured.</param>
/// <param name="Logger">Log.</param>
internal sealed record EngineServices(
    LengthBuckets Buckets, RunCost Cost, LastRuns? LastRuns, TimeProvider Time, ModelInstruments Instruments, ILogger Logger);
