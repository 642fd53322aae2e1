using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;
using Personalization.Models;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Packages;

public sealed class ModelPackageTests : IDisposable
{
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ShippedPackage_ReadsIt()
    {
        var package = ModelPackageLoader.Load(_folder.Copy("7"));

        package.Ref.ShouldBe(new("online-retail", "7"));
        package.Manifest.MaxLength.ShouldBe(128);
        package.Vocabulary.Count.ShouldBe(package.Manifest.ItemCount);
        package.Vocabulary.IndexOf(package.Vocabulary[1]).ShouldBe(1);
        package.Vocabulary.IndexOf("unknown item").ShouldBe(0);
    }

    [Fact]
    public void Load_EveryPackageOfTheRepository_HasTheSignatureThisSiloReads()
    {
        var folders = Directory.GetDirectories(ShippedPackage.Root).SelectMany(Directory.GetDirectories).ToArray();

        folders.ShouldContain(ShippedPackage.Path);
        foreach (var folder in folders)
        {
            var written = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "model.json")))!;
            var package = ModelPackageLoader.Load(folder);

            written["signatureVersion"]!.GetValue<int>().ShouldBeInRange(1, ModelManifest.SignatureVersion, folder);
            package.Ref.ShouldBe(new((string)written["name"]!, (string)written["version"]!), folder);
            package.Ref.ShouldBe(new(Directory.GetParent(folder)!.Name, Path.GetFileName(folder)), folder);
        }
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("model.json")]
    [InlineData("items.txt")]
    public void Load_FileMissing_NamesIt(string file)
    {
        var folder = _folder.Copy("1");
        File.Delete(Path.Combine(folder, file));

        Wrong(folder).ShouldContain($"'{file}' is missing");
    }

    [Fact]
    public void Load_NoFolder_SaysWhichSettingToChange() =>
        Wrong(Path.Combine(_folder.Root, "none")).ShouldContain("Personalization:Inference:PackagesPath");

    [Fact]
    public void Load_BadJson_SaysWhere()
    {
        var folder = _folder.Copy("1");
        File.WriteAllText(Path.Combine(folder, "model.json"), "{ \"signatureVersion\": ");

        Wrong(folder).ShouldContain("not valid JSON");
    }

    [Theory]
    [InlineData("signatureVersion", "3")]
    [InlineData("signatureVersion", "0")]
    [InlineData("totals", null)]
    [InlineData("totals", "[\"purchases\",\"visits\"]")]
    [InlineData("signatureVersion", null)]
    [InlineData("name", "\"\"")]
    [InlineData("version", null)]
    [InlineData("vocabularySha256", "\"abc\"")]
    [InlineData("graphSha256", "\"abc\"")]
    [InlineData("vectorsSha256", "\"abc\"")]
    [InlineData("itemCount", "\"many\"")]
    [InlineData("itemCount", "0")]
    [InlineData("dimension", "1.5")]
    [InlineData("maxLength", "0")]
    [InlineData("actions", "{\"purchase\":2}")]
    [InlineData("actions", "{\"other\":0}")]
    [InlineData("gapBoundariesSeconds", "[60,60]")]
    [InlineData("gapBoundariesSeconds", "[\"60\"]")]
    [InlineData("churn", null)]
    [InlineData("churn.horizonDays", "0")]
    [InlineData("churn.thresholds", null)]
    [InlineData("churn.thresholds.watch", "1.5")]
    [InlineData("churn.thresholds.high", "0.1")]
    public void Load_FieldWrong_NamesIt(string field, string? json)
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest =>
        {
            var path = field.Split('.');
            var parent = path[..^1].Aggregate(manifest, (node, name) => node[name]!.AsObject());
            parent.Remove(path[^1]);
            if (json is not null)
            {
                parent[path[^1]] = JsonNode.Parse(json);
            }
        });

        Wrong(folder).ShouldContain(field == "actions" ? "'actions.other'" : $"'{field}'");
    }

    [Fact]
    public void Load_FolderOfAnotherVersion_SaysHowToNameIt()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["version"] = "2");

        Wrong(folder).ShouldContain("'online-retail/2'");
    }

    [Fact]
    public void Load_VocabularyOfAnotherExport_NamesBothHashes()
    {
        var folder = _folder.Copy("1");
        File.AppendAllText(Path.Combine(folder, "items.txt"), "one more\n");

        Wrong(folder).ShouldContain("SHA-256");
    }

    [Fact]
    public void Load_GraphOfAnotherExport_NamesBothHashes()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["graphSha256"] = Convert.ToHexStringLower(SHA256.HashData([])));

        Wrong(folder).ShouldContain("model.onnx: its SHA-256 is");
    }

    [Fact]
    public void Load_GraphOfThisExport_ReadsIt()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest =>
            manifest["graphSha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "model.onnx")))));

        ModelPackageLoader.Load(folder).Vocabulary.Count.ShouldBePositive();
    }

    [Fact]
    public void Load_ItemTwice_NamesBothLines()
    {
        var folder = _folder.Copy("1");
        PackageCopy.WriteItems(folder, "a", "b", "a");

        Wrong(folder).ShouldContain("'a' stands on line 1 and line 3");
    }

    [Fact]
    public void Load_ItemCountDiffers_NamesBothCounts()
    {
        var folder = _folder.Copy("1");
        PackageCopy.WriteItems(folder, "a", "b");
        PackageFolder.Edit(folder, manifest => manifest["itemCount"] = 3);

        Wrong(folder).ShouldContain("has 2 items, but field 'itemCount' of model.json is 3");
    }

    [Fact]
    public void Open_GraphIsNoGraph_SaysSo()
    {
        var folder = _folder.Copy("1");
        File.WriteAllText(Path.Combine(folder, "model.onnx"), "not a graph");

        WrongGraph(folder).ShouldContain("ONNX Runtime cannot open it");
    }

    [Fact]
    public void Open_GraphOfAnotherVocabulary_NamesTheOutputAndBothShapes()
    {
        var folder = _folder.Copy("1");
        PackageCopy.WriteItems(folder, "a", "b");

        WrongGraph(folder).ShouldContain("output 'probabilities' has shape [any, 3058] and must have [any, 3]");
    }

    [Fact]
    public void Open_GraphOfAnotherDimension_NamesTheOutput()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["dimension"] = 32);

        WrongGraph(folder).ShouldContain("output 'user' has shape [any, 64] and must have [any, 32]");
    }

    [Theory]
    [InlineData("gaps", "gapz", "input 'gaps' is missing")]
    [InlineData("item_vectors", "item_vektors", "output 'item_vectors' is missing")]
    public void Open_InputOrOutputMissing_NamesIt(string name, string other, string message)
    {
        var folder = _folder.Copy("1");
        var path = Path.Combine(folder, "model.onnx");
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path));
        var length = (char)name.Length;
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(
            text.Replace(length + name, length + other, StringComparison.Ordinal)));

        WrongGraph(folder).ShouldContain(message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(3_058)]
    public void Load_TopItemsOfAGraphThatChooses_MustBeThereAndNoMoreThanItems(int? topItems)
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => (manifest["scoring"], manifest["topItems"]) = ("top", topItems));

        Wrong(folder).ShouldContain("'topItems'");
    }

    [Fact]
    public void Open_GraphThatDoesNotChoose_NamesTheInputThatIsMissing()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => (manifest["scoring"], manifest["topItems"]) = ("top", 256));

        WrongGraph(folder).ShouldContain("input 'eligible' is missing");
    }

    [Fact]
    public void Load_WithoutWhatOnlyTheCardIsFor_IsFine()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["churn"]!.AsObject().Remove("baseRate"));

        ModelPackageLoader.Load(folder).Manifest.Churn.HorizonDays.ShouldBe(90);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_HashOfWeightsThatOnlyTrainingReads_IsFineWhateverTheyAre(bool there)
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["weightsSha256"] = Convert.ToHexStringLower(SHA256.HashData([])));
        if (!there)
        {
            File.Delete(Path.Combine(folder, "weights.npz"));
        }

        File.Exists(Path.Combine(folder, "weights.npz")).ShouldBe(there);
        ModelPackageLoader.Load(folder).Vocabulary.Count.ShouldBePositive();
    }

    [Fact]
    public void Open_GraphThatGivesSomethingElseOfItemsThanItsPackageSays_NamesTheOutputThatIsMissing()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest.Remove("scoring"));

        WrongGraph(folder).ShouldContain("output 'scores' is missing");
    }

    [Fact]
    public void Versions_AsNumbersTheNewestFirst_ButWhatOthersServeBeforeAll()
    {
        foreach (var version in (string[])["10", "9", "1.2"])
        {
            _folder.Copy(version);
        }

        var store = new ModelPackageStore(_folder.Root);

        store.List().Select(model => model.Version).ShouldBe(["1.2", "9", "10"]);
        store.Versions("online-retail").ShouldBe(["10", "9", "1.2"]);
        store.Versions("online-retail", new ModelRef("online-retail", "9")).ShouldBe(["9", "10", "1.2"]);
        store.Versions("online-retail", new ModelRef("another", "9")).ShouldBe(["10", "9", "1.2"]);
        store.Versions("none").ShouldBeEmpty();
        Should.Throw<ModelPackageException>(() => store.DirectoryOf(new("..", "1")));
    }

    [Fact]
    public void List_PackageThatIsBeingWritten_IsNotThere()
    {
        foreach (var version in (string[])["1", ".2-k3_x1a0q", ".1-int8-k3_x1a0q-old"])
        {
            _folder.Copy(version);
        }

        var store = new ModelPackageStore(_folder.Root);

        store.List().ShouldBe([new ModelRef("online-retail", "1")]);
        store.Versions("online-retail").ShouldBe(["1"]);
    }

    [Fact]
    public void Variant_IsServedWhereItIsAskedForAndNeverByItself()
    {
        foreach (var version in (string[])["1", "1-int8", "2026-01-31"])
        {
            _folder.Copy(version);
        }

        var store = new ModelPackageStore(_folder.Root);

        store.Resolve("online-retail", "1", "int8").Version.ShouldBe("1-int8");
        store.Versions("online-retail").ShouldBe(["2026-01-31", "1"]);
        store.Versions("online-retail", new ModelRef("online-retail", "1-int8")).ShouldBe(["1", "2026-01-31"]);
        Should.Throw<ModelPackageException>(() => store.Resolve("online-retail", "2026-01-31", "int8")).Message.ShouldContain("export … --variant int8");
    }

    private static string Wrong(string folder) =>
        Should.Throw<ModelPackageException>(() => ModelPackageLoader.Load(folder)).Message;

    private static string WrongGraph(string folder) =>
        Should.Throw<ModelPackageException>(() => TestEngine.Runners().Open(ModelPackageLoader.Load(folder))).Message;
}
