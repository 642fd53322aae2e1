using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Routing;

/// <summary>Chooses among the inference silos: the less busy of two taken at random (power of two choices). Thread-safe.</summary>
internal sealed class InferenceTargets
{
    private readonly IInferenceSilos _silos;
    private readonly IInferenceTransport _transport;
    private readonly RoutingInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly Func<int, int> _random;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private IReadOnlyList<SiloAddress> _of = [];
    private InferenceTarget[] _targets = [];

    /// <summary>Chooses, and has it measured who can be chosen.</summary>
    /// <param name="silos">Which there are.</param>
    /// <param name="transport">The way to them.</param>
    /// <param name="instruments">What is measured.</param>
    /// <param name="time">Real time.</param>
    /// <param name="random">A number from 0 up to, not including, its argument.</param>
    /// <param name="logger">Log.</param>
    public InferenceTargets(
        IInferenceSilos silos, IInferenceTransport transport, RoutingInstruments instruments, TimeProvider time, Func<int, int> random, ILogger<InferenceTargets> logger)
    {
        (_silos, _transport, _instruments, _time, _random, _logger) = (silos, transport, instruments, time, random, logger);
        instruments.Observe(() => Count(rests: false), () => Count(rests: true));
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<InferenceTarget> All => Current();

    /// <summary>Whether there is one that has not failed or refused a moment ago.</summary>
    /// <param name="except">One that is tried anyway, or null.</param>
    /// <param name="priority">How urgent the request is.</param>
    /// <param name="budget">Time that it has.</param>
    public bool HasReady(InferenceTarget? except, InferencePriority priority, TimeSpan budget)
    {
        foreach (var target in Current())
        {
            if (target != except && !target.RestsFor(priority, budget))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Chooses one; one that failed or refused a moment ago only where there is no other.</summary>
    /// <param name="except">One that was tried already, or null.</param>
    /// <param name="priority">How urgent the request is.</param>
    /// <param name="budget">Time that it has.</param>
    /// <returns>The target; null when there is none.</returns>
    public InferenceTarget? Pick(InferenceTarget? except, InferencePriority priority, TimeSpan budget)
    {
        var all = Current();
        var targets = Array.FindAll(all, target => target != except && !target.RestsFor(priority, budget));
        targets = targets.Length > 0 ? targets : Array.FindAll(all, target => target != except);
        if (targets.Length < 2)
        {
            return targets.FirstOrDefault();
        }

        var first = _random(targets.Length);
        var second = _random(targets.Length - 1);
        var (a, b) = (targets[first], targets[second >= first ? second + 1 : second]);
        return b.Outstanding < a.Outstanding ? b : a;
    }

    // As a shopper in a hurry finds them.
    private int Count(bool rests) => Current().Count(target => target.RestsFor(InferencePriority.Interactive, TimeSpan.Zero) == rests);

    private InferenceTarget[] Current()
    {
        var current = _silos.Current;
        lock (_lock)
        {
            if (!ReferenceEquals(current, _of))
            {
                _targets =
                [
                    .. current.Select(silo =>
                        Array.Find(_targets, target => target.Silo.Equals(silo)) ?? new InferenceTarget(silo, _transport, _instruments, _time, _logger)),
                ];
                _of = current;
            }

            return _targets;
        }
    }
}
