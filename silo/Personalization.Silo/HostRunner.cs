using Microsoft.Extensions.Options;

namespace Personalization.Silo;

/// <summary>Runs a host to its end and turns a failed start into a sentence and an exit code.</summary>
internal static class HostRunner
{
    /// <summary>Exit code for a configuration that cannot be used (EX_CONFIG).</summary>
    public const int BadConfiguration = 78;

    /// <summary>Exit code for a service that is not there (EX_UNAVAILABLE).</summary>
    public const int Unavailable = 69;

    public static async Task<int> RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            // The host would do it, too, but only after it has made what the settings are for, and it writes the stack to the log.
            app.Services.GetService<IStartupValidator>()?.Validate();
            await app.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (OptionsValidationException exception)
        {
            return await RefuseAsync(exception);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return await RefuseAsync(exception.InnerExceptions.Cast<OptionsValidationException>());
        }
        catch (IOException exception)
        {
            await Console.Error.WriteLineAsync("Cannot start: " + exception.Message);
            return Unavailable;
        }

        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    public static async Task<int> RefuseAsync(params IEnumerable<OptionsValidationException> exceptions)
    {
        await Console.Error.WriteLineAsync("The configuration cannot be used:\n  " + string.Join("\n  ", exceptions.SelectMany(exception => exception.Failures)));
        return BadConfiguration;
    }
}
