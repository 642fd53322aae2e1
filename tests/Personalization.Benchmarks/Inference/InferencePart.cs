namespace Personalization.Benchmarks.Inference;

/// <summary>A part of the inference benchmark.</summary>
internal enum InferencePart
{
    /// <summary>Throughput beside the bare loop, and where the time goes.</summary>
    Maximum = 0,

    /// <summary>At half of the maximum.</summary>
    Latency = 1,

    /// <summary>Three times what can be served.</summary>
    Overload = 2,

    /// <summary>Models change under load.</summary>
    Swap = 3,

    /// <summary>At 10 a second.</summary>
    Single = 4,

    /// <summary>Several shelves of one shopper at once.</summary>
    Page = 5,
}
