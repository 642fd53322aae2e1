using System.CommandLine;
using Personalization.Client;
using Personalization.Models;
using Personalization.Replay;
using Spectre.Console;

namespace Personalization.Cli.Commands;

/// <summary><c>model list</c>, <c>model activate</c> and <c>model challenge</c>.</summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Lists and swaps models.") { List(), Activate(), Challenge() };

    private static Command List()
    {
        var gateway = new GatewayArguments();
        var command = new Command("list", "What each silo serves and could serve.");
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                using var http = gateway.Open(parsed);
                var table = new Table().AddColumns("silo", "serves", "challenger", "has", "error");
                var cluster = await new HttpPersonalizationClient(http).GetClusterAsync(cancellationToken);
                foreach (var silo in cluster.Silos)
                {
                    table.AddRow(
                        Markup.Escape(silo.Name),
                        Markup.Escape(Text(silo.Model.Active)),
                        Markup.Escape(silo.Model.Challenger is { } challenge ? $"{Text(challenge.Model)} ({challenge.Share:P0})" : "none"),
                        Markup.Escape(string.Join(", ", silo.Model.Available.Select(Text))),
                        Markup.Escape(silo.Model.Error ?? string.Empty));
                }

                Terminal.Say(table);
                if (cluster.Silent > 0)
                {
                    Terminal.Warn($"Silos that do not answer, and are not shown: {cluster.Silent:N0}.");
                }

                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static Command Activate()
    {
        var gateway = new GatewayArguments();
        var name = new Argument<string>("name");
        var version = new Argument<string>("version");
        var wait = Durations.Option("--wait", "How long it waits until all silos serve it; 0s: not at all.", TimeSpan.FromMinutes(2));
        var command = new Command("activate", "Swaps the model of the cluster, or rolls it back. Exit code 1 where a silo refuses it: that one goes on with what it has.") { name, version, wait };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                using var http = gateway.Open(parsed);
                var (client, model) = (new HttpPersonalizationClient(http), new ModelRef(parsed.GetValue(name)!, parsed.GetValue(version)!));
                var before = await client.GetClusterAsync(cancellationToken);
                await client.ActivateModelAsync(model, cancellationToken);
                if (before.Silos.Select(silo => silo.Model.Chosen ?? silo.Model.Active).FirstOrDefault(served => served is not null && served != model) is { } last)
                {
                    Terminal.Warn($"{Text(last)} was served before: 'model activate {last.Name} {last.Version}' goes back to it.");
                }

                if (parsed.GetValue(wait) == TimeSpan.Zero)
                {
                    Terminal.Say($"Chosen; silos converge within seconds ('model list' shows it).");
                    return ExitCodes.Ok;
                }

                var silos = await new ModelSwap(client, before, TimeProvider.System).WaitAsync(model, parsed.GetValue(wait), new Reporter<string>(Terminal.Warn), cancellationToken);
                var refused = Array.FindAll(silos, silo => !ModelSwap.Serves(silo, model));
                foreach (var silo in refused)
                {
                    Terminal.Warn($"{silo.Name} refuses it: {silo.Model.Error}");
                }

                Terminal.Say($"{silos.Length - refused.Length:N0} of {silos.Length:N0} silos serve {Text(model)}.");
                return refused.Length == 0 ? ExitCodes.Ok : ExitCodes.Different;
            },
            cancellationToken));
        return command;
    }

    private static Command Challenge()
    {
        var gateway = new GatewayArguments();
        var name = new Argument<string?>("name") { Arity = ArgumentArity.ZeroOrOne };
        var version = new Argument<string?>("version") { Arity = ArgumentArity.ZeroOrOne };
        var percent = new Option<double>("--percent") { Description = "Share of the shoppers it answers, whole; 0: it is compared only (shadow).", DefaultValueFactory = _ => 0 };
        var end = new Option<bool>("--end") { Description = "Ends the trial that runs." };
        percent.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is var given && (given is < 0 or > 100 || !double.IsInteger(given)))
            {
                result.AddError("--percent takes 0 to 100, without a fraction.");
            }
        });
        var command = new Command("challenge", "Tries a model beside the one that serves: as a shadow, or for a share of the shoppers; or ends the trial.") { name, version, percent, end };
        gateway.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(end) == (result.GetValue(version) is not null))
            {
                result.AddError("Name the model by name and version, or give --end.");
            }
        });
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () =>
            {
                using var http = gateway.Open(parsed);
                var challenge = parsed.GetValue(end)
                    ? null
                    : new ModelChallenge(new ModelRef(parsed.GetValue(name)!, parsed.GetValue(version)!), parsed.GetValue(percent) / 100);
                await new HttpPersonalizationClient(http).ChallengeModelAsync(challenge, cancellationToken);
                Terminal.Say($"{(challenge is null ? "The trial ends; silos converge within seconds." : "Chosen; silos converge within seconds ('model list' shows it).")}");
                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }

    private static string Text(ModelRef? model) => model is null ? "none" : $"{model.Name}/{model.Version}";
}
