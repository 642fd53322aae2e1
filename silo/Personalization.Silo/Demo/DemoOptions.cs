namespace Personalization.Silo.Demo;

/// <summary>What the demo's command line chooses.</summary>
/// <param name="Urls">Address of the shop.</param>
/// <param name="DataDirectory">Folder for state that survives a restart; null: a temporary one.</param>
/// <param name="DatasetDirectory">Folder with the shop's data.</param>
/// <param name="Rate">Replayed events per second; 0: none.</param>
internal sealed record DemoOptions(string Urls, string? DataDirectory, string DatasetDirectory, double Rate);
