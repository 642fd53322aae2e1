using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Schemas;

namespace Personalization.Gateway;

/// <summary>The published JSON Schemas.</summary>
internal static class SchemaEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/schemas/{name}.schema.json", Get)
        .WithName("GetSchema").WithTags("Schemas").WithSummary("A published JSON Schema: event, item, recommendation, churn-warning, problem.")
        .Produces(200, contentType: "application/schema+json").ProducesProblem(404);

    private static Results<FileStreamHttpResult, ProblemHttpResult> Get(string name) => PublishedSchemas.Names.Contains(name, StringComparer.Ordinal)
        ? TypedResults.Stream(PublishedSchemas.Open(name)!, "application/schema+json")
        : Problems.NotFound($"There is no such schema. There are: {string.Join(", ", PublishedSchemas.Names)}.");
}
