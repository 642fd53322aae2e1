using System.Globalization;
using Microsoft.Extensions.Options;
using Personalization.Client;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Validation;

namespace Personalization.Gateway;

/// <summary>Shelves and rankings.</summary>
internal static class RecommendationEndpoints
{
    private const int MaxRankItems = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/users/{userId}/recommendations", GetAsync)
            .WithName("GetRecommendations").WithTags("Recommendations")
            .WithSummary("A shopper's shelf.")
            .WithDescription("An unknown user gets a fallback, not a 404; source and fallbackReason say what made the list.")
            .WithQuery(QueryParameter.Count, QueryParameter.MinVersion, QueryParameter.Categories, QueryParameter.ExcludeItems, QueryParameter.Include, QueryParameter.TimeoutMs)
            .Produces<RecommendationResponse>().ProducesProblem(400);
        routes.MapPost("/v1/users/{userId}/recommendations", PostAsync)
            .WithName("PostRecommendations").WithTags("Recommendations")
            .WithSummary("A shopper's shelf, with the parameters as JSON when lists are long.")
            .Accepts<RecommendationBody>("application/json")
            .Produces<RecommendationResponse>().ProducesProblem(400).ProducesProblem(413).ProducesProblem(415);
        routes.MapPost("/v1/users/{userId}/rank", RankAsync)
            .WithName("Rank").WithTags("Recommendations")
            .WithSummary("The caller's own items in the shopper's order.")
            .Accepts<RankBody>("application/json")
            .Produces<RankResponse>().ProducesProblem(400).ProducesProblem(413).ProducesProblem(415);
    }

    private static async Task<IResult> GetAsync(
        string userId, HttpContext context, IPersonalizationClient client, RouteLatency latency, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request).Id("userId", userId);
        var request = new RecommendationRequest
        {
            Count = query.Integer(QueryParameter.Count),
            MinVersion = query.MinVersion(),
            Categories = query.List(QueryParameter.Categories),
            ExcludeItems = query.List(QueryParameter.ExcludeItems),
            IncludeItems = query.Has(QueryParameter.Include),
            Timeout = query.Timeout(),
        };
        return query.Errors.Count > 0
            ? Problems.Invalid(query.Errors)
            : await AnswerAsync(userId, request, context, client, latency, time, cancellationToken);
    }

    private static async Task<IResult> PostAsync(
        string userId, HttpContext context, IPersonalizationClient client, RouteLatency latency, TimeProvider time, IOptions<GatewayOptions> options, CancellationToken cancellationToken)
    {
        var (body, refusal) = await BodyAsync<RecommendationBody>(context.Request, options.Value, cancellationToken);
        if (body is null)
        {
            return refusal!;
        }

        var query = new QueryReader(context.Request).Id("userId", userId);
        if (body.Include?.FirstOrDefault(what => !string.Equals(what, "items", StringComparison.Ordinal)) is not null)
        {
            query.Errors.Add(new FieldError("include", "unknown_value", "include knows only 'items'."));
        }

        var request = new RecommendationRequest
        {
            Count = query.Range(QueryParameter.Count, body.Count),
            MinVersion = query.Version("minVersion", body.MinVersion),
            Categories = query.Check("category", body.Category),
            ExcludeItems = query.Check("excludeItem", body.ExcludeItem),
            IncludeItems = body.Include is { Length: > 0 },
            Timeout = TimeSpan.FromMilliseconds(query.Range(QueryParameter.TimeoutMs, body.TimeoutMs)),
        };
        return query.Errors.Count > 0
            ? Problems.Invalid(query.Errors)
            : await AnswerAsync(userId, request, context, client, latency, time, cancellationToken);
    }

    private static async Task<IResult> RankAsync(
        string userId, HttpContext context, IPersonalizationClient client, TimeProvider time, IOptions<GatewayOptions> options, CancellationToken cancellationToken)
    {
        var (body, refusal) = await BodyAsync<RankBody>(context.Request, options.Value, cancellationToken);
        if (body is null)
        {
            return refusal!;
        }

        var query = new QueryReader(context.Request).Id("userId", userId);
        if (body.ItemIds is not { Length: > 0 })
        {
            query.Errors.Add(new FieldError("itemIds", InputErrorCodes.Required, $"itemIds must hold 1 to {MaxRankItems} items."));
        }

        var request = new RankRequest
        {
            ItemIds = query.Check("itemIds", body.ItemIds, MaxRankItems),
            MinVersion = query.Version("minVersion", body.MinVersion),
            Timeout = TimeSpan.FromMilliseconds(query.Range(QueryParameter.TimeoutMs, body.TimeoutMs)),
        };
        if (query.Errors.Count > 0)
        {
            return Problems.Invalid(query.Errors);
        }

        var started = time.GetTimestamp();
        var answer = await client.RankAsync(userId, request, cancellationToken);
        WriteTimings(context.Response, answer.Timings, time.GetElapsedTime(started).TotalMilliseconds);
        return new JsonAnswer<RankResponse>(answer);
    }

    private static async Task<IResult> AnswerAsync(
        string userId, RecommendationRequest request, HttpContext context, IPersonalizationClient client, RouteLatency latency, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var answer = await client.RecommendAsync(userId, request, cancellationToken);
        var elapsed = time.GetElapsedTime(started);
        latency.Record(elapsed);
        WriteTimings(context.Response, answer.Timings, elapsed.TotalMilliseconds);
        return new JsonAnswer<RecommendationResponse>(answer);
    }

    private static async Task<(T? Body, IResult? Refusal)> BodyAsync<T>(HttpRequest request, GatewayOptions options, CancellationToken cancellationToken)
        where T : class
    {
        if (!JsonBody.Is(request, "application/json"))
        {
            return (null, Problems.UnsupportedMediaType("Send application/json."));
        }

        if (await JsonBody.ReadAsync(request, options.MaxBodyBytes, cancellationToken) is not { } bytes)
        {
            return (null, Problems.TooLarge($"A body may have {options.MaxBodyBytes} bytes at most."));
        }

        var errors = new List<FieldError>();
        return JsonBody.Parse<T>(bytes, errors) is { } body ? (body, null) : (null, Problems.Invalid(errors));
    }

    private static void WriteTimings(HttpResponse response, ServerTimings timings, double total) =>
        response.Headers["Server-Timing"] = string.Create(
            CultureInfo.InvariantCulture,
            $"wait;dur={timings.Wait:0.###}, queue;dur={timings.Queue:0.###}, inference;dur={timings.Inference:0.###}, ranking;dur={timings.Ranking:0.###}, grain;dur={timings.Grain:0.###}, total;dur={total:0.###}{(timings.Cached ? ", cache;desc=hit" : string.Empty)}");
}
