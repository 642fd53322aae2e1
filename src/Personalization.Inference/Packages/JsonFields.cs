using System.Text.Json;

namespace Personalization.Inference.Packages;

/// <summary>Reads fields of one JSON object and names the one that is wrong.</summary>
/// <param name="file">File for the message.</param>
/// <param name="element">The object.</param>
/// <param name="prefix">Path of the object, empty or ending in a dot.</param>
internal readonly struct JsonFields(string file, JsonElement element, string prefix = "")
{
    public JsonElement Element => element;

    public ModelPackageException Wrong(string name, string problem) =>
        new($"{file}: field '{prefix}{name}' {problem}. Export the package again, or correct the field.");

    public JsonFields Object(string name) =>
        new(file, Get(name, JsonValueKind.Object, "an object"), $"{prefix}{name}.");

    public JsonElement Array(string name) => Get(name, JsonValueKind.Array, "an array");

    public string Text(string name)
    {
        var text = Get(name, JsonValueKind.String, "a string").GetString();
        return string.IsNullOrWhiteSpace(text) ? throw Wrong(name, "is empty") : text;
    }

    public int Integer(string name, int min, int max) =>
        Get(name, JsonValueKind.Number, "a number").TryGetInt32(out var value) && value >= min && value <= max
            ? value
            : throw Wrong(name, $"must be a whole number from {min} to {max}");

    public double Number(string name, double min, double max)
    {
        var value = Get(name, JsonValueKind.Number, "a number").GetDouble();
        return value >= min && value <= max ? value : throw Wrong(name, $"must be from {min} to {max}");
    }

    private JsonElement Get(string name, JsonValueKind kind, string what)
    {
        if (!element.TryGetProperty(name, out var value))
        {
            throw Wrong(name, "is missing");
        }

        return value.ValueKind == kind ? value : throw Wrong(name, $"must be {what}");
    }
}
