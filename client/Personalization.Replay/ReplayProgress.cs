namespace Personalization.Replay;

/// <summary>How far a replay is.</summary>
/// <param name="Sent">Events sent, those of earlier runs included.</param>
/// <param name="Total">Events in all.</param>
/// <param name="ShopTime">Time of the last event.</param>
public readonly record struct ReplayProgress(long Sent, long Total, DateTimeOffset ShopTime);
