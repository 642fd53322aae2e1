namespace Personalization.Replay;

/// <summary>How far a load is.</summary>
/// <param name="Row">The latest row.</param>
/// <param name="Sent">Events sent, those of earlier runs too.</param>
/// <param name="Rejected">Rows rejected, those of earlier runs too.</param>
/// <param name="Resumed">Rows that earlier runs had done.</param>
/// <param name="Complete">Whether the whole file is loaded.</param>
public readonly record struct BootstrapProgress(long Row, long Sent, long Rejected, long Resumed, bool Complete);
