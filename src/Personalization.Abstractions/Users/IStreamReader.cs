namespace Personalization.Users;

/// <summary>What this silo reads of the clickstream. Thread-safe.</summary>
public interface IStreamReader
{
    /// <summary>The partitions it reads now.</summary>
    IReadOnlyCollection<int> Partitions { get; }
}
