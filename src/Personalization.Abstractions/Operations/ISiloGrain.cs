namespace Personalization.Operations;

/// <summary>One silo's own voice. Key = the silo's address in parsable form; always runs on that silo.</summary>
[Alias("personalization.silo-grain")]
public interface ISiloGrain : IGrainWithStringKey
{
    /// <summary>What the silo does now.</summary>
    /// <returns>The status.</returns>
    [Alias("status")]
    ValueTask<SiloStatus> GetStatus();
}
