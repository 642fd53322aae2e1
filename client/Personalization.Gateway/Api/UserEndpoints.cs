using Personalization.Churn;
using Personalization.Client;
using Personalization.Users;

namespace Personalization.Gateway;

/// <summary>What is known of a shopper, and forgetting it.</summary>
internal static class UserEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/users/{userId}", (string userId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken) =>
                ReadAsync(userId, request, query => client.GetProfileAsync(userId, query, cancellationToken)))
            .WithName("GetProfile").WithTags("Users").WithSummary("Who the shopper is.").WithQuery(QueryParameter.MinVersion, QueryParameter.TimeoutMs)
            .Produces<UserProfile>().ProducesProblem(400);
        routes.MapGet("/v1/users/{userId}/churn", (string userId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken) =>
                ReadAsync(userId, request, query => client.GetChurnAsync(userId, query, cancellationToken)))
            .WithName("GetChurn").WithTags("Users").WithSummary("The shopper's churn, scored now, with reasons and warnings so far.").WithQuery(QueryParameter.MinVersion, QueryParameter.TimeoutMs)
            .Produces<ChurnStatus>().ProducesProblem(400);
        routes.MapGet("/v1/users/{userId}/history", HistoryAsync)
            .WithName("GetHistory").WithTags("Users").WithSummary("The stored sequence, newest first.")
            .WithQuery(QueryParameter.Limit, QueryParameter.Before, QueryParameter.MinVersion, QueryParameter.TimeoutMs)
            .Produces<HistoryPage>().ProducesProblem(400);
        routes.MapDelete("/v1/users/{userId}", EraseAsync)
            .WithName("EraseUser").WithTags("Users").WithSummary("Erases the shopper; a replay of old events brings nothing back.")
            .Produces(204).ProducesProblem(400);
    }

    private static async Task<IResult> ReadAsync<T>(string userId, HttpRequest request, Func<UserQuery, Task<T>> read)
    {
        var query = new QueryReader(request).Id("userId", userId);
        var user = new UserQuery { MinVersion = query.MinVersion(), Timeout = query.Timeout() };
        return query.Errors.Count > 0 ? Problems.Invalid(query.Errors) : new JsonAnswer<T>(await read(user));
    }

    private static async Task<IResult> HistoryAsync(string userId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("userId", userId);
        var page = new HistoryQuery
        {
            Limit = query.Integer(QueryParameter.Limit),
            Before = query.Version(QueryParameter.Before),
            MinVersion = query.MinVersion(),
            Timeout = query.Timeout(),
        };
        return query.Errors.Count > 0 ? Problems.Invalid(query.Errors) : new JsonAnswer<HistoryPage>(await client.GetHistoryAsync(userId, page, cancellationToken));
    }

    private static async Task<IResult> EraseAsync(string userId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("userId", userId);
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        await client.EraseAsync(userId, cancellationToken);
        return TypedResults.NoContent();
    }
}
