using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Providers;

public sealed class OnnxModelRunnerFactoryTests : IDisposable
{
    private static readonly bool IsGpuBuild = OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider");

    // The driver makes it.
    private static readonly bool HasDevice = IsGpuBuild && File.Exists("/dev/nvidiactl");

    private static readonly string Advice = IsGpuBuild ? "Install the NVIDIA driver, CUDA 13" : "build with '-p:OnnxRuntime=Gpu' and install the NVIDIA driver";

    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(InferenceProvider.Cuda, "cuDNN 9")]
    [InlineData(InferenceProvider.TensorRt, "TensorRT 10")]
    public void Start_ProviderNotThere_IsRefusedAndSaysHowToBuildAndWhatToInstall(InferenceProvider provider, string library)
    {
        Assert.SkipWhen(HasDevice, "There is a GPU.");

        var error = Should.Throw<OptionsValidationException>(() => Validate(("Provider", $"{provider}"), ("MemoryLimitBytes", "1073741824")));

        var sentence = error.Failures.ShouldHaveSingleItem();
        sentence.ShouldContain($"Provider is '{provider}'");
        sentence.ShouldContain(Advice);
        sentence.ShouldContain(library);
        sentence.ShouldContain("AllowFallback");
        Validate(("Provider", $"{provider}"), ("AllowFallback", "true"));
    }

    [Fact]
    public async Task Load_FallbackAllowed_RunsOnTheCpuAndWarns()
    {
        Assert.SkipWhen(HasDevice, "There is a GPU.");
        var log = new FakeLogger();
        var options = Options.Create(new InferenceOptions { Provider = InferenceProvider.Cuda, AllowFallback = true, PackagesPath = ShippedPackage.Root, Version = "1" });
        await using var host = new ModelHost(
            options, new OnnxModelRunnerFactory(options, log), new ItemCatalog(), TimeProvider.System, TestEngine.Instruments, NullLoggerFactory.Instance);

        (await host.LoadDefaultAsync()).ShouldBeTrue();

        host.GetStatus().Provider.ShouldBe("cpu");
        log.Warnings.ShouldContain(line => line.Contains("Provider cuda is not there; the model runs on the CPU.", StringComparison.Ordinal));
    }

    [Fact]
    public void CudaOptions_SayDeviceLimitAndGraphs()
    {
        var options = ExecutionProviders.CudaOptions(new InferenceOptions { Provider = InferenceProvider.Cuda, DeviceId = 2, MemoryLimitBytes = 1 << 30, CudaGraphs = true });

        options["device_id"].ShouldBe("2");
        options["gpu_mem_limit"].ShouldBe("1073741824");
        options["enable_cuda_graph"].ShouldBe("1");
        ExecutionProviders.CudaOptions(new InferenceOptions()).ShouldNotContainKey("gpu_mem_limit");
        ExecutionProviders.CudaOptions(new InferenceOptions())["enable_cuda_graph"].ShouldBe("0");
    }

    [Fact]
    public void TensorRtOptions_SayPrecisionAndShapes()
    {
        var package = new FakeModel(maxLength: 128, totals: [LifeTotal.Purchases, LifeTotal.Spend]).Package with { Directory = _folder.Copy("1") };

        var options = ExecutionProviders.TensorRtOptions(new InferenceOptions { HalfPrecision = true, TensorRtCachePath = _folder.Root }, package);

        options["trt_fp16_enable"].ShouldBe("1");
        options["trt_profile_max_shapes"].ShouldBe("items:32x128,actions:32x128,gaps:32x128,elapsed:32,totals:32x2");
    }

    [Fact]
    public void TensorRtOptions_OfAGraphThatChooses_HaveTheShapeOfWhatMayBeChosen()
    {
        var package = new FakeModel(items: 9, maxLength: 50, top: 3).Package with { Directory = _folder.Copy("1") };

        ExecutionProviders.TensorRtOptions(new InferenceOptions { TensorRtCachePath = _folder.Root }, package)["trt_profile_min_shapes"]
            .ShouldBe("items:1x1,actions:1x1,gaps:1x1,elapsed:1,eligible:1x10");
    }

    [Fact]
    public void TensorRtOptions_OfAnotherPackageOrOtherWeights_HaveAnotherFolderOfEngines()
    {
        // The provider would take the engine of one for the other: their inputs and outputs have the same names.
        var (one, two) = (_folder.Copy("1"), _folder.Copy("2"));
        var (first, second) = (EnginesOf(one), EnginesOf(two));
        File.AppendAllText(Path.Combine(one, "model.onnx"), "other weights");
        var again = EnginesOf(one);

        string[] folders = [first, second, again];
        folders.Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
        folders.ShouldAllBe(folder => Directory.Exists(folder) && Path.GetDirectoryName(folder) == _folder.Root);
        Path.GetFileName(first).ShouldMatch("^online-retail-1-[0-9a-f]{16}$");
        EnginesOf(two).ShouldBe(second);

        string EnginesOf(string folder)
        {
            var options = ExecutionProviders.TensorRtOptions(new InferenceOptions { TensorRtCachePath = _folder.Root }, ModelPackageLoader.Load(folder));
            options["trt_engine_cache_enable"].ShouldBe("1");
            return options["trt_engine_cache_path"];
        }
    }

    [Theory]
    [InlineData("CudaGraphs", "true", "CudaGraphs needs Provider 'Cuda'")]
    [InlineData("HalfPrecision", "true", "HalfPrecision is for Provider 'TensorRt'")]
    [InlineData("MaxBatch", "0", "MaxBatch")]
    [InlineData("Provider", "7", "Provider")]
    public void Options_ThatContradictThemselves_FailAtStart(string name, string value, string message) =>
        Should.Throw<OptionsValidationException>(() => Validate((name, value))).Message.ShouldContain(message);

    [Theory]
    [InlineData("TensorRt", "1", false)]
    [InlineData("Cuda", "2", false)]
    [InlineData("Cuda", "1", true)]
    public void Options_CudaGraphs_AreForOneWorkerOnCuda(string provider, string workers, bool good)
    {
        var start = () => Validate(("CudaGraphs", "true"), ("Provider", provider), ("Workers", workers), ("AllowFallback", "true"));

        if (good)
        {
            start();
        }
        else
        {
            Should.Throw<OptionsValidationException>(start).Message.ShouldContain("CudaGraphs needs Provider 'Cuda'");
        }
    }

    [Fact]
    public void Open_FallbackAllowed_RunsOnTheCpuAndSaysSo()
    {
        Assert.SkipWhen(HasDevice, "There is a GPU.");
        var factory = TestEngine.Runners(new InferenceOptions { Provider = InferenceProvider.Cuda, AllowFallback = true });

        using var runner = factory.Open(ShippedPackage.Load());

        runner.ItemVectors.Length.ShouldBe(3_058 * 64);
        factory.Provider.ShouldBe("cpu");
    }

    private static void Validate(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"{InferenceOptions.Section}:{setting.Name}", setting.Value))).Build());
        services.AddPersonalizationInference();
        using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
    }

    private sealed class FakeLogger : ILogger<OnnxModelRunnerFactory>
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }
    }
}
