using Microsoft.Extensions.Options;

namespace Personalization.Inference.Providers;

/// <summary>Refuses options whose execution provider is not there, unless a fallback is allowed: before the silo joins the cluster, and in a sentence.</summary>
internal sealed class ProviderValidator : IValidateOptions<InferenceOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, InferenceOptions options)
    {
        if (options.AllowFallback)
        {
            return ValidateOptionsResult.Success;
        }

        try
        {
            OnnxModelRunnerFactory.EnsureProvider(options);
            return ValidateOptionsResult.Success;
        }
        catch (InferenceProviderException e)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
