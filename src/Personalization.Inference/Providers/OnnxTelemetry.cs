using System.Runtime.InteropServices;

namespace Personalization.Inference.Providers;

/// <summary>
/// ONNX Runtime's reports to its maker. Unless told otherwise it keeps an id of the machine in the home folder and sends it, with what it says of models and
/// runs, to mobile.events.data.microsoft.com. See https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md.
/// </summary>
internal static class OnnxTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>
    /// Turns them off for this process, unless the variable ORT_DISABLE_TELEMETRY says otherwise. To be called before ONNX Runtime is used: it looks once, and
    /// at the C library's variables, which this runtime only has a copy of.
    /// </summary>
    public static void TurnOff()
    {
        if (!OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable(Variable) is null)
        {
            _ = SetVariable(Variable, "1", 1);
        }
    }

    [DllImport("libc", EntryPoint = "setenv", ExactSpelling = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetVariable([MarshalAs(UnmanagedType.LPStr)] string name, [MarshalAs(UnmanagedType.LPStr)] string value, int overwrite);
}
