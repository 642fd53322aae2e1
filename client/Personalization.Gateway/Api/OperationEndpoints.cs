using Personalization.Client;
using Personalization.Models;

namespace Personalization.Gateway;

/// <summary>Models and the operator's view.</summary>
internal static class OperationEndpoints
{
    private const int ShownWarnings = 50;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/ops", OpsAsync).WithName("GetOperatorView").WithTags("Operations")
            .WithSummary("Rates, latencies, lag and models of every silo, and the latest churn warnings.")
            .Produces<OperatorView>().ProducesProblem(503);
        routes.MapGet("/v1/models", ModelsAsync).WithName("GetModels").WithTags("Operations").WithSummary("What each silo serves.")
            .Produces<SiloModel[]>().ProducesProblem(503);
        routes.MapPost("/v1/models/{name}/{version}/activate", ActivateAsync).WithName("ActivateModel").WithTags("Operations")
            .WithSummary("Swaps the model, or rolls it back: silos converge within seconds, and one that cannot load it keeps the one it serves.")
            .Produces(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<IResult> OpsAsync(IPersonalizationClient client, RouteLatency latency, WarningFeed warnings, CancellationToken cancellationToken)
    {
        var cluster = await client.GetClusterAsync(cancellationToken);
        return TypedResults.Ok(new OperatorView(
            cluster.Time, cluster.ShopTime, cluster.Silos, cluster.Silent, latency.Status(), warnings.Latest(ShownWarnings)));
    }

    private static async Task<IResult> ModelsAsync(IPersonalizationClient client, CancellationToken cancellationToken) =>
        TypedResults.Ok((await client.GetClusterAsync(cancellationToken)).Silos.Select(silo => new SiloModel(silo.Name, silo.Model)).ToArray());

    private static async Task<IResult> ActivateAsync(string name, string version, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("name", name).Id("version", version);
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        var model = new ModelRef(name, version);
        var cluster = await client.GetClusterAsync(cancellationToken);
        if (!cluster.Silos.Any(silo => silo.Model.Available.Contains(model)))
        {
            return Problems.NotFound("No silo has this model package; GET /v1/models lists what there is.");
        }

        await client.ActivateModelAsync(model, cancellationToken);
        return TypedResults.Accepted("/v1/models");
    }
}
