using System.CommandLine;
using Personalization.Client;
using Personalization.Models;
using Spectre.Console;

namespace Personalization.Cli.Commands;

/// <summary><c>model list</c> and <c>model activate</c>.</summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Lists and swaps models.") { List(), Activate() };

    private static Command List()
    {
        var url = Common.Url();
        var command = new Command("list", "What each silo serves and could serve.") { url };
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                using var http = Common.Http(parsed.GetValue(url)!);
                var table = new Table().AddColumns("silo", "serves", "has", "error");
                foreach (var silo in (await new HttpPersonalizationClient(http).GetClusterAsync(cancellationToken)).Silos)
                {
                    table.AddRow(
                        Markup.Escape(silo.Name),
                        Markup.Escape(Text(silo.Model.Active)),
                        Markup.Escape(string.Join(", ", silo.Model.Available.Select(Text))),
                        Markup.Escape(silo.Model.Error ?? string.Empty));
                }

                Terminal.Say(table);
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static Command Activate()
    {
        var url = Common.Url();
        var name = new Argument<string>("name");
        var version = new Argument<string>("version");
        var command = new Command("activate", "Swaps the model of the cluster, or rolls it back.") { name, version, url };
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                using var http = Common.Http(parsed.GetValue(url)!);
                await new HttpPersonalizationClient(http).ActivateModelAsync(new ModelRef(parsed.GetValue(name)!, parsed.GetValue(version)!), cancellationToken);
                AnsiConsole.WriteLine("Chosen; silos converge within seconds ('model list' shows it).");
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static string Text(ModelRef? model) => model is null ? "none" : $"{model.Name}/{model.Version}";
}
