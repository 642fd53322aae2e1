using System.Runtime.InteropServices;

namespace Personalization.Inference.Engine;

/// <summary>The heap of the C library, which ONNX Runtime allocates from.</summary>
internal static class NativeHeap
{
    private const string Threshold = "MALLOC_MMAP_THRESHOLD_";
    private const int MmapThreshold = -3;
    private const int LargeBlock = 1 << 20;

    /// <summary>
    /// Lets every block from 1 MiB on be memory of its own, which goes back to the operating system when it is freed. By itself glibc raises that bound to the
    /// largest block that was ever freed, and then the buffers of a model that is let go become holes between those of others: some MiB more with each swap.
    /// Does nothing where the variable MALLOC_MMAP_THRESHOLD_ chooses the bound, or where the C library is another one.
    /// </summary>
    public static void KeepLargeBlocksApart()
    {
        if (Has("mallopt") && Environment.GetEnvironmentVariable(Threshold) is null)
        {
            _ = MallocOption(MmapThreshold, LargeBlock);
        }
    }

    /// <summary>
    /// Gives the operating system back what was freed. A model that is let go leaves holes in the heaps of all threads that ran it, which glibc keeps;
    /// with each swap there would be some more of them. Does nothing where the C library is another one.
    /// </summary>
    public static void Trim()
    {
        if (Has("malloc_trim"))
        {
            _ = MallocTrim(0);
        }
    }

    private static bool Has(string function) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, function, out _);

    [DllImport("libc.so.6", EntryPoint = "mallopt", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocOption(int option, int value);

    [DllImport("libc.so.6", EntryPoint = "malloc_trim", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint pad);
}
