using System.CommandLine;
using System.Text.Json;
using Personalization.Client;
using Personalization.Users;

namespace Personalization.Cli.Commands;

/// <summary><c>inspect</c> and <c>erase</c>: one shopper.</summary>
internal static class UserCommands
{
    private static readonly JsonSerializerOptions Indented = new(PersonalizationJson.Options) { WriteIndented = true };

    public static Command Inspect() => Create("inspect", "Prints a shopper's profile, churn and latest events.", async (client, user, cancellationToken) =>
    {
        var profile = await client.GetProfileAsync(user, new UserQuery(), cancellationToken);
        var churn = await client.GetChurnAsync(user, new UserQuery(), cancellationToken);
        var history = await client.GetHistoryAsync(user, new HistoryQuery { Limit = 10 }, cancellationToken);
        Console.WriteLine(JsonSerializer.Serialize(new { profile, churn, history = history.Events }, Indented));
    });

    public static Command Erase() => Create("erase", "Erases a shopper; ends when that is durable.", async (client, user, cancellationToken) =>
    {
        await client.EraseAsync(user, cancellationToken);
        Terminal.Say($"Erased.");
    });

    private static Command Create(string name, string description, Func<IPersonalizationClient, string, CancellationToken, Task> run)
    {
        var gateway = new GatewayArguments();
        var user = new Argument<string>("user") { Description = "The shopper's id." };
        var command = new Command(name, description) { user };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                using var http = gateway.Open(parsed);
                await run(new HttpPersonalizationClient(http), parsed.GetValue(user)!, cancellationToken);
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }
}
