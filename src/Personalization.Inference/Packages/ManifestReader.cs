using System.Collections.Frozen;
using System.Text.Json;

namespace Personalization.Inference.Packages;

/// <summary>Reads and checks <c>model.json</c>.</summary>
internal static class ManifestReader
{
    private const int MaxActions = 1_000;
    private const int MaxItems = 50_000_000;

    private static readonly FrozenDictionary<string, LifeTotal> Known =
        Enum.GetValues<LifeTotal>().ToFrozenDictionary(total => JsonNamingPolicy.CamelCase.ConvertName($"{total}"), StringComparer.Ordinal);

    public static ModelManifest Read(string path)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new ModelPackageException($"{path}: not valid JSON: {e.Message} Export the package again.", e);
        }

        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(new JsonFields(path, document.RootElement))
                : throw new ModelPackageException($"{path}: must hold one JSON object. Export the package again.");
        }
    }

    private static ModelManifest Read(JsonFields fields)
    {
        var signature = fields.Integer("signatureVersion", 0, int.MaxValue);
        if (signature is < 1 or > ModelManifest.SignatureVersion)
        {
            throw fields.Wrong(
                "signatureVersion",
                $"is {signature}, but this silo reads 1 to {ModelManifest.SignatureVersion}; use a package of that signature or another release");
        }

        var items = fields.Integer("itemCount", 1, MaxItems);
        var scoring = Scoring(fields);
        return new ModelManifest(
            fields.Text("name"),
            fields.Text("version"),
            Hash(fields, "vocabularySha256"),
            items,
            fields.Integer("dimension", 1, 65_536),
            fields.Integer("maxLength", 1, 65_536),
            Actions(fields.Object("actions")),
            Gaps(fields),
            Churn(fields.Object("churn")),
            scoring == "vectors",
            signature == 1 ? [] : Totals(fields),
            scoring == "top" ? fields.Integer("topItems", 1, items) : 0,
            scoring == "probabilities",
            HashIfAny(fields, "graphSha256"),
            HashIfAny(fields, "vectorsSha256"));
    }

    private static LifeTotal[] Totals(JsonFields fields) =>
    [
        .. fields.Array("totals").EnumerateArray().Select(element =>
            Known.TryGetValue(element.ToString(), out var total)
                ? total
                : throw fields.Wrong("totals", $"names '{element}', but this silo knows {string.Join(", ", Known.Keys)}; use another release")),
    ];

    private static string Scoring(JsonFields fields)
    {
        var scoring = fields.Element.TryGetProperty("scoring", out _) ? fields.Text("scoring") : "graph";
        return scoring is "graph" or "probabilities" or "top" or "vectors"
            ? scoring
            : throw fields.Wrong("scoring", $"is '{scoring}' and must be 'graph', 'probabilities', 'top' or 'vectors'");
    }

    private static string? HashIfAny(JsonFields fields, string name) => fields.Element.TryGetProperty(name, out _) ? Hash(fields, name) : null;

    private static string Hash(JsonFields fields, string name)
    {
        var hash = fields.Text(name);
        return hash.Length == 64 && hash.All(char.IsAsciiHexDigit)
            ? hash.ToLowerInvariant()
            : throw fields.Wrong(name, "must be 64 hexadecimal digits");
    }

    private static FrozenDictionary<string, int> Actions(JsonFields fields)
    {
        fields.Integer(ModelManifest.OtherAction, 1, MaxActions);
        return fields.Element.EnumerateObject().ToFrozenDictionary(
            action => action.Name,
            action => fields.Integer(action.Name, 1, MaxActions),
            StringComparer.Ordinal);
    }

    private static double[] Gaps(JsonFields fields)
    {
        var last = 0d;
        return [.. fields.Array("gapBoundariesSeconds").EnumerateArray().Select(Next)];

        double Next(JsonElement element) =>
            element.ValueKind == JsonValueKind.Number && element.GetDouble() > last
                ? last = element.GetDouble()
                : throw fields.Wrong("gapBoundariesSeconds", "must hold rising numbers above 0");
    }

    private static ChurnCalibration Churn(JsonFields fields)
    {
        var thresholds = fields.Object("thresholds");
        var watch = thresholds.Number("watch", 0, 1);
        var high = thresholds.Number("high", 0, 1);
        return watch < high
            ? new ChurnCalibration(fields.Integer("horizonDays", 1, 3_650), watch, high)
            : throw thresholds.Wrong("high", $"is {high} and must be above 'watch', which is {watch}");
    }
}
