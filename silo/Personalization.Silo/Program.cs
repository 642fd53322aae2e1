using System.CommandLine;
using Personalization.Silo;
using Personalization.Silo.Demo;

var urls = new Option<string>("--urls") { Description = "Address of the shop.", DefaultValueFactory = _ => "http://127.0.0.1:5080" };
var data = new Option<string?>("--data") { Description = "Folder for state that survives a restart (default: a temporary one, removed at the end)." };
var dataset = new Option<string>("--dataset")
{
    Description = "Folder with online_retail.csv.gz and items.jsonl.",
    DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "models", "data", "online-retail"),
};
var rate = new Option<double>("--rate") { Description = "Replayed events per second; 0: none.", DefaultValueFactory = _ => 200 };
rate.Validators.Add(result =>
{
    if (result.GetValueOrDefault<double>() is < 0 or > 1_000_000 or double.NaN)
    {
        result.AddError("--rate takes 0 to 1000000 events per second.");
    }
});

var demo = new Command("demo", "Runs the whole system in this process: shop, silo, embedded Kafka, SQLite, and a replay of real shoppers (default).");
demo.Add(urls);
demo.Add(data);
demo.Add(dataset);
demo.Add(rate);
demo.SetAction((parsed, cancellationToken) => DemoCommand.RunAsync(
    new DemoOptions(parsed.GetValue(urls)!, parsed.GetValue(data), parsed.GetValue(dataset)!, parsed.GetValue(rate)),
    cancellationToken));

var run = new Command("run", "Runs one silo of a cluster. Settings come from appsettings.json, environment variables (Personalization__Cluster__Mode=adonet ...) and --Personalization:... arguments; see infra/OPERATIONS.md.")
{
    TreatUnmatchedTokensAsErrors = false,
};
run.SetAction((parsed, cancellationToken) => RunCommand.RunAsync([.. parsed.UnmatchedTokens], cancellationToken));

var root = new RootCommand("Personalization: a real-time personalization cluster for shops.") { demo, run };
return await root.Parse(args.Length == 0 ? ["demo"] : args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
