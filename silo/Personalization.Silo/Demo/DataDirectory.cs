namespace Personalization.Silo.Demo;

/// <summary>The demo's folder: temporary (removed at the end) or the caller's own (kept, with the place where the replay stopped).</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly bool _temporary;

    public DataDirectory(string? path)
    {
        _temporary = path is null;
        Path = path is null ? Directory.CreateTempSubdirectory("personalization-").FullName : Directory.CreateDirectory(path).FullName;
    }

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "personalization.db");

    private string Progress => System.IO.Path.Combine(Path, "replay-position.txt");

    /// <summary>Replayed events of earlier runs.</summary>
    /// <returns>How many; 0 for a new folder.</returns>
    public long ReadPosition() =>
        File.Exists(Progress) && long.TryParse(File.ReadAllText(Progress), out var position) && position >= 0 ? position : 0;

    /// <summary>Remembers how many events were replayed.</summary>
    /// <param name="position">How many.</param>
    public void WritePosition(long position)
    {
        var next = Progress + ".new";
        File.WriteAllText(next, position.ToString());
        File.Move(next, Progress, overwrite: true);
    }

    public void Dispose()
    {
        if (_temporary)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                // A file still held by the operating system: the temporary folder is its to clean.
            }
        }
    }
}
