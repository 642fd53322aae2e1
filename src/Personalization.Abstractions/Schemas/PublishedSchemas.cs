namespace Personalization.Schemas;

/// <summary>The JSON Schemas (draft 7) of the public contract, as files of this assembly.</summary>
public static class PublishedSchemas
{
    private const string Prefix = "Personalization.Schemas.";
    private const string Suffix = ".schema.json";

    /// <summary>What there is a schema of: <c>churn-warning</c>, <c>event</c>, <c>item</c>, <c>problem</c>, <c>recommendation</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(PublishedSchemas).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Opens a schema.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>UTF-8 JSON; null for another name.</returns>
    public static Stream? Open(string name) => typeof(PublishedSchemas).Assembly.GetManifestResourceStream(Prefix + name + Suffix);
}
