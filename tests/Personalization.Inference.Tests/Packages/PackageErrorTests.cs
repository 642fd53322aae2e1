using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Packages;

/// <summary>What is told of packages that somebody wrote, named or copied wrongly.</summary>
public sealed class PackageErrorTests : IDisposable
{
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("[]")]
    [InlineData("\"online-retail\"")]
    [InlineData("null")]
    public void Load_JsonThatIsNoObject_SaysSo(string json)
    {
        var folder = _folder.Copy("1");
        File.WriteAllText(Path.Combine(folder, "model.json"), json);

        Wrong(folder).ShouldContain("model.json: must hold one JSON object");
    }

    [Theory]
    [InlineData("actions", "[\"other\"]", "field 'actions' must be an object")]
    [InlineData("actions", "{\"other\":1,\"purchase\":\"2\"}", "field 'actions.purchase' must be a number")]
    [InlineData("actions", "{\"other\":1,\"purchase\":2.5}", "field 'actions.purchase' must be a whole number from 1 to 1000")]
    [InlineData("gapBoundariesSeconds", "60", "field 'gapBoundariesSeconds' must be an array")]
    [InlineData("gapBoundariesSeconds", "{\"first\":60}", "field 'gapBoundariesSeconds' must be an array")]
    [InlineData("totals", "\"purchases\"", "field 'totals' must be an array")]
    public void Load_FieldOfTheWrongKind_NamesItAndTheRightOne(string field, string json, string message)
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest[field] = JsonNode.Parse(json));

        Wrong(folder).ShouldContain(message);
    }

    [Fact]
    public void Load_EmptyLineAmongTheItems_NamesIt()
    {
        var folder = _folder.Copy("1");
        PackageCopy.WriteItems(folder, "a", "", "b");

        Wrong(folder).ShouldContain("items.txt: line 2 is empty");
    }

    [Fact]
    public void Load_FolderOfAnotherName_SaysHowToNameIt()
    {
        var folder = _folder.Copy("1");
        PackageFolder.Edit(folder, manifest => manifest["name"] = "another-shop");

        Wrong(folder).ShouldContain("model.json is of 'another-shop/1'. Name the folders after 'name' and 'version'");
    }

    [Theory]
    [InlineData("model.json")]
    [InlineData("items.txt")]
    [InlineData("model.onnx")]
    public void Load_FileThatCannotBeRead_NamesThePackageAndSaysWhy(string file)
    {
        var folder = _folder.Copy("1");
        var path = Path.Combine(folder, file);
        PackageFolder.Edit(folder, manifest => manifest["graphSha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "model.onnx")))));

        // Held by somebody who still writes it; also who may read everything cannot.
        using var writing = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Wrong(folder).ShouldStartWith($"{folder}: cannot be read: ");
        Wrong(folder).ShouldContain(file);
    }

    private static string Wrong(string folder) => Should.Throw<ModelPackageException>(() => ModelPackageLoader.Load(folder)).Message;
}
