using System.Runtime.InteropServices;

namespace Personalization.Benchmarks.Inference;

/// <summary>Sleeps to some 0.1 ms, where the waits of .NET round to 1 ms; spinning would take one of the processors that are measured.</summary>
internal static partial class PreciseSleep
{
    /// <summary>Blocks the calling thread.</summary>
    /// <param name="span">How long, above zero.</param>
    public static void For(TimeSpan span)
    {
        var (seconds, ticks) = Math.DivRem(span.Ticks, TimeSpan.TicksPerSecond);
        var wanted = new TimeSpec(seconds, ticks * TimeSpan.NanosecondsPerTick);
        _ = NanoSleep(wanted, IntPtr.Zero);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec wanted, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
