using System.Runtime.InteropServices;

namespace Personalization.Inference.Engine;

/// <summary>The heap of the C library, which ONNX Runtime allocates from.</summary>
internal static class NativeHeap
{
    /// <summary>
    /// Gives the operating system back what was freed. A model that is let go leaves holes in the heaps of all threads that ran it, which glibc keeps;
    /// with each swap there would be some more of them. Does nothing where the C library is another one.
    /// </summary>
    public static void Trim()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _))
        {
            _ = MallocTrim(0);
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint pad);
}
