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
            .Produces<OperatorView>();
        routes.MapGet("/v1/models", ModelsAsync).WithName("GetModels").WithTags("Operations").WithSummary("What each silo serves.")
            .Produces<SiloModel[]>();
        routes.MapPost("/v1/models/{name}/{version}/activate", ActivateAsync).WithName("ActivateModel").WithTags("Operations")
            .WithSummary("Swaps the model, or rolls it back: silos converge within seconds, and one that cannot load it keeps the one it serves.")
            .Produces(202).ProducesProblem(400).ProducesProblem(404);
        routes.MapPost("/v1/models/{name}/{version}/challenge", ChallengeAsync).WithName("ChallengeModel").WithTags("Operations")
            .WithSummary("Tries a model beside the chosen one: it is asked the same and compared, and answers a share of the shoppers.").WithQuery(QueryParameter.Percent)
            .Produces(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        routes.MapDelete("/v1/models/challenge", EndChallengeAsync).WithName("EndChallenge").WithTags("Operations")
            .WithSummary("Ends the trial: the chosen model answers everybody.").Produces(204);
    }

    private static async Task<IResult> OpsAsync(IPersonalizationClient client, RouteLatency latency, WarningFeed warnings, CancellationToken cancellationToken)
    {
        var cluster = await client.GetClusterAsync(cancellationToken);
        return new JsonAnswer<OperatorView>(new OperatorView(
            cluster.Time, cluster.ShopTime, cluster.Silos, cluster.Silent, latency.Status(), warnings.Latest(ShownWarnings)));
    }

    private static async Task<IResult> ModelsAsync(IPersonalizationClient client, CancellationToken cancellationToken) =>
        TypedResults.Ok((await client.GetClusterAsync(cancellationToken)).Silos.Select(silo => new SiloModel(silo.Name, silo.Model)).ToArray());

    private static async Task<IResult> ActivateAsync(string name, string version, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var model = new ModelRef(name, version);
        if (await RefuseAsync(model, new QueryReader(request), client, challenges: false, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await client.ActivateModelAsync(model, cancellationToken);
        return TypedResults.Accepted("/v1/models");
    }

    private static async Task<IResult> ChallengeAsync(string name, string version, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var model = new ModelRef(name, version);
        var query = new QueryReader(request);
        var percent = query.Integer(QueryParameter.Percent);
        if (await RefuseAsync(model, query, client, challenges: true, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await client.ChallengeModelAsync(new ModelChallenge(model, percent / 100.0), cancellationToken);
        return TypedResults.Accepted("/v1/models");
    }

    private static async Task<IResult> EndChallengeAsync(IPersonalizationClient client, CancellationToken cancellationToken)
    {
        await client.ChallengeModelAsync(null, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<IResult?> RefuseAsync(ModelRef model, QueryReader query, IPersonalizationClient client, bool challenges, CancellationToken cancellationToken)
    {
        query.Id("name", model.Name).Id("version", model.Version);
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        var cluster = await client.GetClusterAsync(cancellationToken);
        if (!cluster.Silos.Any(silo => silo.Model.Available.Contains(model)))
        {
            return Problems.NotFound("No silo has this model package; GET /v1/models lists what there is.");
        }

        // A challenge by it would be stored and show nowhere, until another one is activated, and answer then for a share of the shoppers.
        var serving = cluster.Silos.Select(silo => silo.Model.Active).OfType<ModelRef>().ToArray();
        return challenges && serving.Length > 0 && Array.TrueForAll(serving, active => active == model)
            ? Problems.Conflict("This model answers everybody already; GET /v1/models lists what else there is.")
            : null;
    }
}
