using System.CommandLine;

namespace Personalization.Benchmarks.Http;

/// <summary><c>rival</c>: the stateless service that <c>http</c> compares with.</summary>
internal static class RivalCommand
{
    /// <summary>Name of the verb.</summary>
    public const string Name = "rival";

    /// <summary>Name of the option that leaves ONNX Runtime's options alone.</summary>
    public const string Untuned = "--untuned";

    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var redis = new Option<int>("--redis") { Description = "Port of Redis.", Required = true };
        var urls = new Option<string>("--urls") { Description = "Address to listen on.", Required = true };
        var untuned = new Option<bool>(Untuned) { Description = "Open the model without any options of ONNX Runtime." };
        var command = new Command(Name, "The stateless service that 'http' compares with; started by it.") { redis, urls, untuned };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => RivalService.RunAsync(parsed.GetValue(redis), parsed.GetValue(urls)!, parsed.GetValue(untuned), cancellationToken));
        return command;
    }
}
