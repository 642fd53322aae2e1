namespace Personalization.Benchmarks;

/// <summary>What is shown while something takes long.</summary>
internal static class Terminal
{
    /// <summary>Replaces the line of progress; nothing where standard error is not a terminal.</summary>
    /// <param name="line">The line.</param>
    public static void Progress(string line)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r{line}   ");
        }
    }
}
