using System.Runtime.InteropServices;

namespace Personalization.Inference.Engine;

/// <summary>The share of a processor that Linux gives a thread where more threads than processors have something to do. .NET's own priorities do nothing there.</summary>
internal static class ThreadNiceness
{
    private const int OfThread = 0;
    private const int ResetOnFork = 0x40000000;

    /// <summary>Sets it for the calling thread, and not for those that it starts: of the thread pool's, some are.</summary>
    /// <param name="niceness">From -20, the most, to 19; 0 is as all others.</param>
    /// <returns>False where it is not allowed (below 0: to root with the capability <c>SYS_NICE</c>, and within the limit <c>RLIMIT_NICE</c>), or the system is another one.</returns>
    public static bool TrySet(int niceness) =>
        OperatingSystem.IsLinux() && SetScheduler(0, ResetOnFork, 0) == 0 && SetPriority(OfThread, 0, niceness) == 0;

    [DllImport("libc", EntryPoint = "setpriority", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int niceness);

    // The ordinary policy is 0, and its only parameter, too.
    [DllImport("libc", EntryPoint = "sched_setscheduler", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetScheduler(int thread, int policy, in int parameter);
}
