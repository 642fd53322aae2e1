namespace Personalization.TestData;

/// <summary>One kind of malformed event.</summary>
/// <param name="Name">Names the kind.</param>
/// <param name="Bytes">What is sent.</param>
/// <param name="Field">The field that the error must name; empty for the whole value.</param>
/// <param name="Code">The error's code.</param>
/// <param name="SchemaCanTell">Whether the published JSON Schema can refuse it too.</param>
internal sealed record MalformedEvent(string Name, byte[] Bytes, string Field, string Code, bool SchemaCanTell)
{
    public override string ToString() => Name;
}
