using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Providers;

/// <summary>Adds an execution provider to a session's options.</summary>
internal static class ExecutionProviders
{
    private const string CopyLibrary = "libonnxruntime_providers_cuda.so";

    private static readonly Lock Registering = new();
    private static bool _copiesRegistered;

    /// <summary>Adds the provider; the CPU needs none.</summary>
    /// <param name="session">The session's options.</param>
    /// <param name="provider">Which.</param>
    /// <param name="options">Device, limits and caches.</param>
    /// <param name="package">What the session will run; null when only the provider is tried.</param>
    /// <exception cref="InferenceProviderException">It is not there.</exception>
    public static void Append(SessionOptions session, InferenceProvider provider, InferenceOptions options, ModelPackage? package = null)
    {
        try
        {
            switch (provider)
            {
                case InferenceProvider.Cuda:
                    AppendCuda(session, options);
                    break;
                case InferenceProvider.TensorRt:
                    AppendTensorRt(session, options, package);
                    AppendCuda(session, options);
                    break;
                default:
                    break;
            }
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            throw new InferenceProviderException(Advice(provider, e.Message), e);
        }
    }

    /// <summary>The device's memory.</summary>
    /// <param name="options">Which device.</param>
    /// <returns>The memory.</returns>
    public static OrtMemoryInfo DeviceMemory(InferenceOptions options) =>
        new(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, options.DeviceId, OrtMemType.Default);

    /// <summary>What the CUDA provider is told.</summary>
    /// <param name="options">Device, limit, graphs.</param>
    /// <returns>ONNX Runtime's names and values.</returns>
    internal static Dictionary<string, string> CudaOptions(InferenceOptions options)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device_id"] = Text(options.DeviceId),
            ["arena_extend_strategy"] = "kNextPowerOfTwo",
            ["do_copy_in_default_stream"] = "1",
            ["enable_cuda_graph"] = options is { CudaGraphs: true, Provider: InferenceProvider.Cuda } ? "1" : "0",
        };
        if (options.MemoryLimitBytes > 0)
        {
            values["gpu_mem_limit"] = Text(options.MemoryLimitBytes);
        }

        return values;
    }

    /// <summary>What TensorRT is told.</summary>
    /// <param name="options">Device, limit, precision, cache.</param>
    /// <param name="package">Whose inputs and engines; null when only the provider is tried.</param>
    /// <returns>ONNX Runtime's names and values.</returns>
    internal static Dictionary<string, string> TensorRtOptions(InferenceOptions options, ModelPackage? package)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device_id"] = Text(options.DeviceId),
            ["trt_fp16_enable"] = options.HalfPrecision ? "1" : "0",
        };
        if (package is not null)
        {
            // How fast each kind of layer is, is the same for all packages; an engine has one package's weights in it.
            var cache = options.TensorRtCachePath ?? Path.Combine(Path.GetTempPath(), "personalization-tensorrt");
            values["trt_timing_cache_enable"] = "1";
            values["trt_timing_cache_path"] = cache;
            values["trt_engine_cache_enable"] = "1";
            values["trt_engine_cache_path"] = Directory.CreateDirectory(Path.Combine(cache, EngineFolder(package))).FullName;

            // One engine for all shapes; without a profile TensorRT builds another, for seconds, whenever a shape leaves what it has seen.
            var model = package.Manifest;
            values["trt_profile_min_shapes"] = Shapes(model, 1, 1);
            values["trt_profile_opt_shapes"] = Shapes(model, Math.Max(1, options.MaxBatch / 2), Math.Min(16, model.MaxLength));
            values["trt_profile_max_shapes"] = Shapes(model, options.MaxBatch, model.MaxLength);
        }

        if (options.MemoryLimitBytes > 0)
        {
            values["trt_max_workspace_size"] = Text(options.MemoryLimitBytes);
        }

        return values;
    }

    private static void AppendCuda(SessionOptions session, InferenceOptions options)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(CudaOptions(options));
        session.AppendExecutionProvider_CUDA(cuda);
        if (options.CudaGraphs)
        {
            RegisterCopies();
        }
    }

    // Copies to and from the device outside of a run: its library brings them.
    private static void RegisterCopies()
    {
        lock (Registering)
        {
            if (_copiesRegistered)
            {
                return;
            }

            string[] folders = [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native")];
            var path = folders.Select(folder => Path.Combine(folder, CopyLibrary)).FirstOrDefault(File.Exists)
                ?? throw new DllNotFoundException($"{CopyLibrary} is not beside the program; {InferenceOptions.Section}:CudaGraphs needs it");
            OrtEnv.Instance().RegisterExecutionProviderLibrary("personalization-cuda", path);
            _copiesRegistered = true;
        }
    }

    private static void AppendTensorRt(SessionOptions session, InferenceOptions options, ModelPackage? package)
    {
        using var tensorRt = new OrtTensorRTProviderOptions();
        tensorRt.UpdateOptions(TensorRtOptions(options, package));
        session.AppendExecutionProvider_Tensorrt(tensorRt);
    }

    // The provider names an engine by the graph's inputs and outputs, which the next version has too: it would answer with this one's weights.
    private static string EngineFolder(ModelPackage package)
    {
        using var graph = File.OpenRead(package.GraphPath);
        return $"{package.Ref.Name}-{package.Ref.Version}-{Convert.ToHexStringLower(SHA256.HashData(graph))[..16]}";
    }

    private static string Shapes(ModelManifest model, int batch, int length) =>
        $"items:{batch}x{length},actions:{batch}x{length},gaps:{batch}x{length},elapsed:{batch}"
        + (model.Totals.Length == 0 ? "" : $",totals:{batch}x{model.Totals.Length}")
        + (model.TopItems == 0 ? "" : $",eligible:{batch}x{model.ItemCount + 1}");

    private static string Advice(InferenceProvider provider, string cause)
    {
        var built = OrtEnv.Instance().GetAvailableProviders();
        var libraries = provider == InferenceProvider.TensorRt ? "the NVIDIA driver, CUDA 13, cuDNN 9 and TensorRT 10" : "the NVIDIA driver, CUDA 13 and cuDNN 9";
        var missing = built.Contains("CUDAExecutionProvider")
            ? $"Install {libraries} on this machine and check {InferenceOptions.Section}:DeviceId ({cause})."
            : $"This build has ONNX Runtime for the CPU only: build with '-p:OnnxRuntime=Gpu' and install {libraries} ({cause}).";
        return $"{InferenceOptions.Section}:Provider is '{provider}', but it cannot be used. {missing} "
            + $"Or set Provider to 'Cpu', or AllowFallback to 'true' to run on the CPU with a warning.";
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
