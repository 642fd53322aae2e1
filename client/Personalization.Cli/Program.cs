using System.CommandLine;
using System.CommandLine.Invocation;
using Personalization.Cli;
using Personalization.Cli.Commands;

var root = new RootCommand("Operates and measures a Personalization cluster. Exit codes: 0 done, 1 something differs or was refused, 2 a bound was missed, 64 wrong command line, 65 bad input, 66 no input, 69 a service does not answer, 73 no room for the output, 130 stopped.")
{
    ReplayCommand.Create(),
    ExportCommand.Create(),
    ConvertCommand.Create(),
    ProduceCommand.Create(),
    GenerateCommand.Create(),
    BootstrapCommand.Create(),
    LoadCommand.Create(),
    VerifyCommand.Create(),
    UserCommands.Inspect(),
    UserCommands.Erase(),
    ModelCommand.Create(),
};
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Action is ParseErrorAction wrong)
{
    wrong.ShowHelp = false;
}

var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
