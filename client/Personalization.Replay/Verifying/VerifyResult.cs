namespace Personalization.Replay;

/// <summary>What a comparison found.</summary>
/// <param name="Users">Users that were compared.</param>
/// <param name="Events">Events of the stream, repeated ones too.</param>
/// <param name="Duplicates">Events of the stream that repeat one.</param>
/// <param name="TooLate">Events of the stream that no history keeps.</param>
/// <param name="DifferentUsers">Users whose history or sums differ.</param>
/// <param name="Differences">A sentence for each of the first of them.</param>
/// <param name="Retries">Reads that failed and were tried again.</param>
public sealed record VerifyResult(
    int Users,
    long Events,
    long Duplicates,
    long TooLate,
    int DifferentUsers,
    IReadOnlyList<string> Differences,
    long Retries);
