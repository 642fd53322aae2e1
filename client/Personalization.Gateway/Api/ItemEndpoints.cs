using Microsoft.Extensions.Options;
using Personalization.Client;
using Personalization.Items;
using Personalization.Validation;

namespace Personalization.Gateway;

/// <summary>The catalogue, related items and trends.</summary>
internal static class ItemEndpoints
{
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromHours(24);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/items/{itemId}", GetAsync).WithName("GetItem").WithTags("Items").WithSummary("One item.")
            .Produces<Item>().ProducesProblem(400).ProducesProblem(404);
        routes.MapPut("/v1/items/{itemId}", PutAsync).WithName("PutItem").WithTags("Items").WithSummary("Adds or replaces an item; it can be recommended within a second.")
            .RequireRateLimiting(ConcurrencyLimits.Writes)
            .Accepts<Item>("application/json").WithBody("item")
            .Produces(204).ProducesProblem(400).ProducesProblem(413).ProducesProblem(415);
        routes.MapDelete("/v1/items/{itemId}", DeleteAsync).WithName("DeleteItem").WithTags("Items").WithSummary("Removes an item.")
            .RequireRateLimiting(ConcurrencyLimits.Writes)
            .Produces(204).ProducesProblem(400);
        routes.MapGet("/v1/items/{itemId}/similar", SimilarAsync).WithName("GetSimilar").WithTags("Items").WithSummary("Related items.").WithQuery(QueryParameter.Count)
            .Produces<ItemList>().ProducesProblem(400).ProducesProblem(404);
        routes.MapGet("/v1/trending", TrendingAsync).WithName("GetTrending").WithTags("Items")
            .WithSummary("What rises now.").WithQuery(QueryParameter.Count, QueryParameter.Window, QueryParameter.Category)
            .Produces<ItemList>().ProducesProblem(400);
        routes.MapGet("/v1/categories", async (IPersonalizationClient client, CancellationToken cancellationToken) =>
                TypedResults.Ok(await client.GetCategoriesAsync(cancellationToken)))
            .WithName("GetCategories").WithTags("Items").WithSummary("Categories of available items, largest first.").Produces<CategoryCount[]>();
    }

    private static async Task<IResult> GetAsync(string itemId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("itemId", itemId);
        return query.Errors.Count > 0 ? Problems.Invalid(query.Errors)
            : await client.GetItemAsync(itemId, cancellationToken) is { } item ? TypedResults.Ok(item)
            : Problems.NotFound("There is no item with this id.");
    }

    private static async Task<IResult> PutAsync(
        string itemId, HttpRequest request, IPersonalizationClient client, IOptions<GatewayOptions> options, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("itemId", itemId);
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        if (!JsonBody.Is(request, "application/json"))
        {
            return Problems.UnsupportedMediaType("Send application/json.");
        }

        if (await JsonBody.ReadAsync(request, options.Value.MaxBodyBytes, cancellationToken) is not { } body)
        {
            return Problems.TooLarge($"A body may have {options.Value.MaxBodyBytes} bytes at most.");
        }

        var parsed = ItemParser.Parse(body, itemId);
        if (parsed.Item is null)
        {
            return Problems.Invalid(parsed.Errors);
        }

        await client.PutItemAsync(parsed.Item, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteAsync(string itemId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("itemId", itemId);
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        await client.RemoveItemAsync(itemId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SimilarAsync(string itemId, HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request).Id("itemId", itemId);
        var count = query.Integer(QueryParameter.Count);
        return query.Errors.Count > 0 ? Problems.Invalid(query.Errors)
            : await client.SimilarAsync(itemId, count, cancellationToken) is { } list ? TypedResults.Ok(list)
            : Problems.NotFound("There is no item with this id.");
    }

    private static async Task<IResult> TrendingAsync(HttpRequest request, IPersonalizationClient client, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request);
        var (count, window, category) = (query.Integer(QueryParameter.Count), query.Window(QueryParameter.Window, DefaultWindow), query.Id(QueryParameter.Category));
        return query.Errors.Count > 0 ? Problems.Invalid(query.Errors) : TypedResults.Ok(await client.TrendingAsync(count, window, category, cancellationToken));
    }
}
