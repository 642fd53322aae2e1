using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using NSubstitute;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Providers;

public sealed class OnnxModelRunnerFactoryTests
{
    private static readonly bool IsGpuBuild = OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider");

    // The driver makes it.
    private static readonly bool HasDevice = IsGpuBuild && File.Exists("/dev/nvidiactl");

    private static readonly string Advice = IsGpuBuild ? "Install the NVIDIA driver, CUDA 13" : "build with '-p:OnnxRuntime=Gpu' and install the NVIDIA driver";

    [Theory]
    [InlineData(InferenceProvider.Cuda, "cuDNN 9")]
    [InlineData(InferenceProvider.TensorRt, "TensorRT 10")]
    public void EnsureProvider_NotThere_SaysHowToBuildAndWhatToInstall(InferenceProvider provider, string library)
    {
        Assert.SkipWhen(HasDevice, "There is a GPU.");
        var factory = TestEngine.Runners(new InferenceOptions { Provider = provider, MemoryLimitBytes = 1 << 30 });

        var error = Should.Throw<InferenceProviderException>(factory.EnsureProvider);

        error.Message.ShouldContain($"Provider is '{provider}'");
        error.Message.ShouldContain(Advice);
        error.Message.ShouldContain(library);
        error.Message.ShouldContain("AllowFallback");
    }

    [Theory]
    [InlineData(InferenceProvider.Cuda, false)]
    [InlineData(InferenceProvider.Cuda, true)]
    [InlineData(InferenceProvider.TensorRt, false)]
    public async Task Start_OfTheEngine_FailsOrFallsBackLoudly(InferenceProvider provider, bool allowFallback)
    {
        Assert.SkipWhen(HasDevice, "There is a GPU.");
        var log = new FakeLogger();
        var factory = new OnnxModelRunnerFactory(Options.Create(new InferenceOptions { Provider = provider, AllowFallback = allowFallback, PackagesPath = ShippedPackage.Root }), log);
        var options = Options.Create(new InferenceOptions { PackagesPath = ShippedPackage.Root, Version = "1" });
        await using var host = new ModelHost(options, factory, new ItemCatalog(), TimeProvider.System, TestEngine.Instruments, NullLoggerFactory.Instance);
        using var follower = new ModelFollower(host, Substitute.For<IGrainFactory>(), options, TimeProvider.System, NullLogger<ModelFollower>.Instance);

        var start = follower.StartAsync(TestContext.Current.CancellationToken);

        if (allowFallback)
        {
            await start;
            await follower.StopAsync(CancellationToken.None);
            host.GetStatus().Provider.ShouldBe("cpu");
            host.Current.ShouldNotBeNull();
            log.Warnings.ShouldContain(line => line.Contains("Provider cuda is not there; the model runs on the CPU.", StringComparison.Ordinal));
        }
        else
        {
            (await Should.ThrowAsync<InferenceProviderException>(start)).Message.ShouldContain(Advice);
        }
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
    public void TensorRtOptions_SayPrecisionCacheShapesAndGraphs()
    {
        var options = ExecutionProviders.TensorRtOptions(
            new InferenceOptions { Provider = InferenceProvider.TensorRt, HalfPrecision = true, TensorRtCachePath = "/cache", CudaGraphs = true }, new FakeModel(maxLength: 128, totals: [LifeTotal.Purchases, LifeTotal.Spend]).Package.Manifest);

        options["trt_fp16_enable"].ShouldBe("1");
        options["trt_engine_cache_enable"].ShouldBe("1");
        options["trt_engine_cache_path"].ShouldBe("/cache");
        options["trt_cuda_graph_enable"].ShouldBe("1");
        options["trt_profile_max_shapes"].ShouldBe("items:32x128,actions:32x128,gaps:32x128,elapsed:32,totals:32x2");
    }

    [Fact]
    public void TensorRtOptions_OfAGraphThatChooses_HaveTheShapeOfWhatMayBeChosen() =>
        ExecutionProviders.TensorRtOptions(new InferenceOptions(), new FakeModel(items: 9, maxLength: 50, top: 3).Package.Manifest)["trt_profile_min_shapes"]
            .ShouldBe("items:1x1,actions:1x1,gaps:1x1,elapsed:1,eligible:1x10");

    [Theory]
    [InlineData("CudaGraphs", "true", "CudaGraphs needs Provider 'Cuda' or 'TensorRt'")]
    [InlineData("HalfPrecision", "true", "HalfPrecision is for Provider 'TensorRt'")]
    [InlineData("MaxBatch", "0", "MaxBatch")]
    [InlineData("Provider", "7", "Provider")]
    public void Options_ThatContradictThemselves_FailAtStart(string name, string value, string message)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection([new($"{InferenceOptions.Section}:{name}", value)]).Build());
        services.AddPersonalizationInference();
        using var provider = services.BuildServiceProvider();

        Should.Throw<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate).Message.ShouldContain(message);
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
