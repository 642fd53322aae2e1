using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Providers;

/// <summary>Opens graphs in ONNX Runtime with the configured provider.</summary>
/// <param name="options">The provider.</param>
/// <param name="logger">Log.</param>
internal sealed partial class OnnxModelRunnerFactory(IOptions<InferenceOptions> options, ILogger<OnnxModelRunnerFactory> logger)
    : IModelRunnerFactory
{
    private readonly InferenceOptions _options = options.Value;
    private InferenceProvider _provider = options.Value.Provider;

    static OnnxModelRunnerFactory() => OnnxTelemetry.TurnOff();

    /// <inheritdoc/>
    public string Provider => _provider switch
    {
        InferenceProvider.Cuda => "cuda",
        InferenceProvider.TensorRt => "tensorrt",
        _ => "cpu",
    };

    /// <summary>Fails when a provider is not there.</summary>
    /// <param name="options">The provider.</param>
    /// <exception cref="InferenceProviderException">What is missing.</exception>
    public static void EnsureProvider(InferenceOptions options)
    {
        using var session = Base();
        ExecutionProviders.Append(session, options.Provider, options);
    }

    /// <inheritdoc/>
    public IModelRunner Open(ModelPackage package)
    {
        using var session = CreateOptions(package);
        return new OnnxModelRunner(package, session, _options.CudaGraphs && _provider == InferenceProvider.Cuda ? ExecutionProviders.DeviceMemory(_options) : null);
    }

    private SessionOptions CreateOptions(ModelPackage package)
    {
        var session = Base();
        try
        {
            ExecutionProviders.Append(session, _provider, _options, package);
            return session;
        }
        catch (InferenceProviderException e) when (_options.AllowFallback)
        {
            session.Dispose();
            LogFallback(e, Provider);
            _provider = InferenceProvider.Cpu;
            return Base();
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    // One thread per run: workers are the parallelism. The shapes are few (length classes times rows), so the memory of each is planned once, instead of
    // being asked for node by node at every run: a sixth of a run of one row.
    private static SessionOptions Base()
    {
        var session = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableMemoryPattern = true,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");

        // Weights kept as bytes are for a smaller file: multiplied as bytes, scores would no longer be those of the export.
        session.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        return session;
    }

    [LoggerMessage(3020, LogLevel.Warning, "Provider {Provider} is not there; the model runs on the CPU.")]
    private partial void LogFallback(Exception exception, string provider);
}
