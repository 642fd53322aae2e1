using Microsoft.Extensions.Options;
using Personalization.Client;
using Personalization.Events;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Gateway;

/// <summary><c>POST /v1/events</c>.</summary>
internal static class EventEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, GatewayOptions limits) => routes.MapPost("/v1/events", PostAsync)
        .WithName("PostEvents").WithTags("Events")
        .WithSummary("Sends events: one, an array, or application/x-ndjson.")
        .WithDescription("At most 1,000 events and 1 MiB. Each accepted event answers with its version token. A refused one says which field is wrong and why; the others are taken.")
        .RequireRateLimiting(ConcurrencyLimits.Writes)
        .Accepts<object>("application/json", "application/x-ndjson").WithBody("event", limits.MaxEvents)
        .Produces<EventResults>()
        .ProducesProblem(400).ProducesProblem(413).ProducesProblem(415);

    private static async Task<IResult> PostAsync(
        HttpRequest request, IPersonalizationClient client, EventParser parser, ShopClock clock, IOptions<GatewayOptions> options, CancellationToken cancellationToken)
    {
        var lines = JsonBody.Is(request, "application/x-ndjson");
        if (!lines && !JsonBody.Is(request, "application/json"))
        {
            return Problems.UnsupportedMediaType("Send application/json or application/x-ndjson.");
        }

        if (await JsonBody.ReadAsync(request, options.Value.MaxBodyBytes, cancellationToken) is not { } body)
        {
            return Problems.TooLarge($"A body may have {options.Value.MaxBodyBytes} bytes at most.");
        }

        var parts = lines ? EventSplitter.Lines(body) : EventSplitter.Json(body);
        if (parts.Count > options.Value.MaxEvents)
        {
            return Problems.TooLarge($"A request may hold {options.Value.MaxEvents} events at most, not {parts.Count}.");
        }

        if (parts.Count == 0)
        {
            return Problems.Invalid(new FieldError(string.Empty, InputErrorCodes.Empty, "The request holds no event."));
        }

        var user = UserOf(request, options.Value);
        var parsed = parts.ConvertAll(part => Check(parser.Parse(part.Span, new EventDefaults(Guid.CreateVersion7().ToString("N"), clock.GetUtcNow())), user));
        if (parsed.TrueForAll(result => !result.IsValid))
        {
            return Problems.Invalid([.. parsed.SelectMany((result, index) => parsed.Count == 1 ? result.Errors : result.Errors.Select(error => error with { Field = $"[{index}].{error.Field}" }))]);
        }

        var versions = await client.TrackAsync([.. parsed.Where(result => result.IsValid).Select(result => result.Event!)], cancellationToken);
        var next = 0;
        return TypedResults.Ok(new EventResults(
            versions.Count,
            parsed.Count - versions.Count,
            [.. parsed.Select((result, index) => new EventResult
            {
                Index = index,
                Accepted = result.IsValid,
                EventId = result.Event?.EventId,
                Version = result.IsValid ? versions[next++] : null,
                Errors = result.IsValid ? null : [.. result.Errors],
                IgnoredFields = result.IgnoredFields.Count > 0 ? [.. result.IgnoredFields] : null,
            })]));
    }

    private static string? UserOf(HttpRequest request, GatewayOptions options) =>
        options.UserHeader is { Length: > 0 } header && request.Headers.TryGetValue(header, out var user) ? user.ToString() : null;

    private static EventParseResult Check(EventParseResult result, string? user) =>
        user is null || result.Event is not { } parsed || string.Equals(parsed.UserId, user, StringComparison.Ordinal)
            ? result
            : new EventParseResult(null, [new FieldError("userId", InputErrorCodes.OtherUser, "The field must name the session's user.")], result.IgnoredFields);
}
