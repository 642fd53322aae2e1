using System.CommandLine;
using Personalization.Cli.Commands;

var root = new RootCommand("Operates and measures a Personalization cluster. Exit codes: 0 done, 1 something differs or was refused, 2 a bound was missed, 66 input missing, 69 service unavailable, 130 stopped.")
{
    ReplayCommand.Create(),
    ProduceCommand.Create(),
    LoadCommand.Create(),
    VerifyCommand.Create(),
    UserCommands.Inspect(),
    UserCommands.Erase(),
    ModelCommand.Create(),
};
return await root.Parse(args.Length == 0 ? ["--help"] : args).InvokeAsync();
