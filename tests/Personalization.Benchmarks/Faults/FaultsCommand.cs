using System.CommandLine;

namespace Personalization.Benchmarks.Faults;

/// <summary><c>faults</c>: breaks servers and silos under load and compares every user afterwards.</summary>
internal static class FaultsCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var events = new Option<long>("--events") { Description = "Different events of each run; 3 % are sent twice, 5 % arrive up to an hour late.", DefaultValueFactory = _ => 1_000_000 };
        var users = new Option<int>("--users") { Description = "Users they belong to.", DefaultValueFactory = _ => 50_000 };
        var rate = new Option<double>("--rate") { Description = "Events a second; 0: as fast as Kafka takes them.", DefaultValueFactory = _ => 8_000 };
        var silos = new Option<int>("--silos") { Description = "Silo processes.", DefaultValueFactory = _ => 2 };
        var names = Fault.All.Select(fault => fault.Name).ToArray();
        var faults = new Option<string[]>("--faults") { Description = "Which, of: " + string.Join(", ", names) + ".", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => names };
        faults.AcceptOnlyFromAmong(names);
        var command = new Command(
            "faults",
            "Silos, a gateway, Kafka and PostgreSQL as processes; while events flow, one thing after the other is broken. Exit code 1 when one user's history differs from what it must be.\n"
            + string.Join('\n', Fault.All.Select(fault => $"{fault.Name}: {fault.Description}")))
        {
            events, users, rate, silos, faults,
        };
        command.SetAction((parsed, cancellationToken) => Rig.RunAsync(rig => RunAsync(
            rig,
            new FaultsOptions(parsed.GetValue(events), parsed.GetValue(users), parsed.GetValue(rate), parsed.GetValue(silos), parsed.GetValue(faults)!),
            cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(Rig rig, FaultsOptions options, CancellationToken cancellationToken)
    {
        var failed = new List<string>();
        foreach (var name in options.Faults)
        {
            if (!await new FaultRun(rig, options, Terminal.Progress).RunAsync(Fault.All.Single(fault => fault.Name == name), cancellationToken))
            {
                failed.Add(name);
            }
        }

        Console.WriteLine(failed.Count == 0 ? "Nothing lost, nothing twice." : "Different: " + string.Join(", ", failed));
        return failed.Count == 0 ? 0 : 1;
    }
}
