using System.Globalization;
using Microsoft.OpenApi;

namespace Personalization.Gateway;

/// <summary>A parameter that is a whole number.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">When it is left out.</param>
/// <param name="Min">The least.</param>
/// <param name="Max">The most.</param>
/// <param name="Description">What it is for, in a sentence.</param>
internal sealed record IntegerParameter(string Name, int Default, int Min, int Max, string Description) : QueryParameter(Name, Description)
{
    protected override OpenApiSchema Value => new()
    {
        Type = JsonSchemaType.Integer,
        Minimum = Min.ToString(CultureInfo.InvariantCulture),
        Maximum = Max.ToString(CultureInfo.InvariantCulture),
        Default = Default,
    };
}
