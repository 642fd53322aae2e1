using System.Text.Json;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Packages;

/// <summary>A shop's new items between two trainings: the package is exported again with vectors from their content.</summary>
public sealed class NewItemsPackageTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_package_with_the_catalogues_new_items_loads_and_scores_them_as_training_does()
    {
        await using (var torch = ChildProcess.Start(File.Exists(Python) ? Python : "false", ["-c", "import torch, pandas, scipy, sklearn"]))
        {
            await torch.WaitForExitAsync(Patience);
            Assert.SkipWhen(torch.ExitCode != 0, "PyTorch is missing (Debian: python3-torch, python3-pandas, python3-sklearn).");
        }

        var old = ModelPackageLoader.Load(_folder.Copy("1"));
        var models = Directory.GetParent(ShippedPackage.Root)!.FullName;
        var catalogue = Path.Combine(_folder.Root, "items.jsonl");
        await File.WriteAllLinesAsync(catalogue,
        [
            .. await File.ReadAllLinesAsync(Path.Combine(models, "data", "online-retail", "items.jsonl"), TestContext.Current.CancellationToken),
            """{"itemId": "brand-new", "title": "Red Spotty Christmas Cake Tin", "categories": ["Christmas"], "price": 4.95, "available": true}""",
        ]);
        await using var export = ChildProcess.Start(
            Python,
            ["-m", "personalization_models", "export", old.Directory, "--config", Path.Combine(models, "configs", "online-retail.toml"), "--catalogue", catalogue, "--parity", "20"],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["PYTHONPATH"] = Path.Combine(models, "src") });
        await export.WaitForExitAsync(Patience);
        export.ExitCode.ShouldBe(0, export.Output);

        var store = new ModelPackageStore(_folder.Root);
        store.Versions(ShippedPackage.Name)[0].ShouldBe("2");
        var package = ModelPackageLoader.Load(store.DirectoryOf(new(ShippedPackage.Name, "2")));
        package.Vocabulary.IndexOf("brand-new").ShouldBeGreaterThan(old.Vocabulary.Count);
        Enumerable.Range(1, old.Vocabulary.Count).ShouldAllBe(index => package.Vocabulary[index] == old.Vocabulary[index]);
        Compare(package);
    }

    private static void Compare(ModelPackage package)
    {
        var parity = JsonSerializer.Deserialize<ParityFile>(File.ReadAllText(Path.Combine(package.Directory, "parity.json")), JsonSerializerOptions.Web)!;
        using var runner = TestEngine.Runners().Open(package);
        using var slot = runner.CreateSlot(1);
        foreach (var row in parity.Rows)
        {
            row.ToSequence(package.Manifest.MaxLength).Write(slot.Buffers, 0, row.Items.Length);
            slot.Run(1, row.Items.Length);

            var scores = slot.Buffers.ScoresOf();
            for (var i = 0; i < row.TopItems.Length; i++)
            {
                scores[row.TopItems[i]].ShouldBe(row.TopScores[i], parity.Tolerance);
            }

            scores[package.Vocabulary.IndexOf("brand-new")].ShouldBeGreaterThan(-30);
        }
    }
}
