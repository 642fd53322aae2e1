using Personalization.Replay;

namespace Personalization.Silo.Demo;

/// <summary>What the demo replays.</summary>
/// <param name="Events">All events.</param>
/// <param name="Position">Events of earlier runs.</param>
/// <param name="ItemsFile">The catalogue.</param>
internal sealed record DemoReplaySource(OnlineRetailDataset Events, long Position, string ItemsFile);
