using Microsoft.ML.OnnxRuntime;
using Personalization.Inference.Providers;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Providers;

public sealed class OnnxModelRunnerFactoryTests
{
    [Theory]
    [InlineData(InferenceProvider.Cuda, "cuDNN")]
    [InlineData(InferenceProvider.TensorRt, "TensorRT 10")]
    public void EnsureProvider_NotInThisBuild_SaysHowToBuildAndWhatToInstall(InferenceProvider provider, string library)
    {
        Assert.SkipWhen(OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"), "This build has the GPU package.");
        var factory = TestEngine.Runners(new InferenceOptions { Provider = provider, MemoryLimitBytes = 1 << 30 });

        var error = Should.Throw<InferenceProviderException>(factory.EnsureProvider);

        error.Message.ShouldContain($"Provider is '{provider}'");
        error.Message.ShouldContain("-p:OnnxRuntime=Gpu");
        error.Message.ShouldContain(library);
        error.Message.ShouldContain("AllowFallback");
    }

    [Fact]
    public void Open_FallbackAllowed_RunsOnTheCpuAndSaysSo()
    {
        Assert.SkipWhen(OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"), "This build has the GPU package.");
        var factory = TestEngine.Runners(new InferenceOptions { Provider = InferenceProvider.Cuda, AllowFallback = true });

        using var runner = factory.Open(ShippedPackage.Load());

        runner.ItemVectors.Length.ShouldBe(3_058 * 64);
        factory.Provider.ShouldBe("cpu");
    }
}
