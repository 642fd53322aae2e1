using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Personalization.Schemas;

namespace Personalization.Gateway;

/// <summary>What the OpenAPI document cannot see in a route: it reads its query and its body itself.</summary>
internal static class DocumentExtensions
{
    /// <summary>Shows the parameters of the query.</summary>
    /// <param name="route">The route.</param>
    /// <param name="parameters">All that it reads.</param>
    /// <returns>The route.</returns>
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder route, params QueryParameter[] parameters) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters = [.. operation.Parameters ?? [], .. parameters.Select(parameter => parameter.Describe())];
            return Task.CompletedTask;
        });

    /// <summary>Shows a published schema as the body, as that knows what may be left out.</summary>
    /// <param name="route">The route.</param>
    /// <param name="name">One of <see cref="PublishedSchemas.Names"/>.</param>
    /// <param name="mostInArray">How many of them may come as an array instead; 0: none.</param>
    /// <returns>The route.</returns>
    public static RouteHandlerBuilder WithBody(this RouteHandlerBuilder route, string name, int mostInArray = 0) =>
        route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            await using var file = PublishedSchemas.Open(name)!;
            var document = context.Document!;
            document.AddComponent($"{name}-input", (await OpenApiModelFactory.LoadAsync<OpenApiSchema>(file, OpenApiSpecVersion.OpenApi3_1, document, "json", token: cancellationToken))!);
            var one = new OpenApiSchemaReference($"{name}-input", document);
            foreach (var (type, content) in operation.RequestBody!.Content!)
            {
                content.Schema = mostInArray > 0 && type == "application/json"
                    ? new OpenApiSchema { OneOf = [one, new OpenApiSchema { Type = JsonSchemaType.Array, Items = one, MinItems = 1, MaxItems = mostInArray }] }
                    : one;
            }
        });
}
