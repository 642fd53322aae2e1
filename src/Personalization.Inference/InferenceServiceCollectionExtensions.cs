using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Inference.Engine;
using Personalization.Inference.Models;
using Personalization.Inference.Providers;
using Personalization.Ranking;

namespace Personalization.Inference;

/// <summary>Gives a silo the inference role.</summary>
public static class InferenceServiceCollectionExtensions
{
    /// <summary>
    /// Adds the engine: loads the configured model when the host starts and follows the cluster's choice. Needs a catalogue
    /// (<c>IItemCatalog</c>) and an <c>IGrainFactory</c>. The start fails when the execution provider is not there; a package that is
    /// wrong stands in <see cref="IModelStatusSource"/> instead. Call it before <c>AddPersonalizationInferenceRouter</c>.
    /// </summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="configure">Changes the options after they are bound from <see cref="InferenceOptions.Section"/>.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddPersonalizationInference(
        this IServiceCollection services, Action<InferenceOptions>? configure = null)
    {
        var options = services.AddOptions<InferenceOptions>()
            .BindConfiguration(InferenceOptions.Section)
            .ValidateDataAnnotations()
            .Validate(
                static o => !o.CudaGraphs || o is { Provider: InferenceProvider.Cuda, Workers: 1 },
                $"{InferenceOptions.Section}:CudaGraphs needs Provider 'Cuda' (TensorRT would replay the first shape's graph for every other) and one worker: a graph belongs to the thread that captured it.")
            .Validate(
                static o => !o.HalfPrecision || o.Provider == InferenceProvider.TensorRt,
                $"{InferenceOptions.Section}:HalfPrecision is for Provider 'TensorRt'; on the others choose a package of that precision with Version or Variant.")
            .ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddSingleton<IValidateOptions<InferenceOptions>, ProviderValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<InferenceInstruments>();
        services.TryAddSingleton<IModelRunnerFactory, OnnxModelRunnerFactory>();
        services.AddSingleton<ModelHost>();
        services.AddSingleton<IModelStatusSource>(provider => provider.GetRequiredService<ModelHost>());
        services.AddSingleton<IModelVocabulary, ModelVocabulary>();
        services.AddHostedService<ModelFollower>();
        return services;
    }
}
