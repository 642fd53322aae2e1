using System.Runtime.InteropServices;

namespace Personalization.Benchmarks.Inference;

/// <summary>Sleeps to some 0.1 ms, where the waits of .NET round to 1 ms; spinning would take one of the processors that are measured.</summary>
internal static partial class PreciseSleep
{
    private const double MostWakes = 20_000;
    private const int SetTimerSlack = 29;

    /// <summary>Blocks the calling thread.</summary>
    /// <param name="span">How long, above zero.</param>
    public static void For(TimeSpan span)
    {
        var (seconds, ticks) = Math.DivRem(span.Ticks, TimeSpan.TicksPerSecond);
        var wanted = new TimeSpec(seconds, ticks * TimeSpan.NanosecondsPerTick);
        _ = NanoSleep(wanted, IntPtr.Zero);
    }

    /// <summary>
    /// Lets the calling thread wake when it is time, and not up to 50 microseconds later, in which the kernel gathers what else is due. Where requests come
    /// closer than that it stays: waking for each would take the processor from what is measured.
    /// </summary>
    /// <param name="perSecond">Requests a second.</param>
    public static void SharpenFor(double perSecond)
    {
        if (perSecond < MostWakes)
        {
            _ = ProcessControl(SetTimerSlack, 1, 0, 0, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, ulong value, ulong second, ulong third, ulong fourth);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec wanted, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
