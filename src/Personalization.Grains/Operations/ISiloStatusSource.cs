namespace Personalization.Operations;

/// <summary>Where a silo's figures come from; the host implements it from its meters.</summary>
public interface ISiloStatusSource
{
    /// <summary>What this silo does now. Fast and thread-safe.</summary>
    /// <returns>The status.</returns>
    SiloStatus GetStatus();
}
