using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Events;

namespace Personalization.Gateway;

/// <summary>Refusals in the form of RFC 9457.</summary>
internal static class Problems
{
    private const string TypeRoot = "https://personalization.dev/problems/";

    public static ProblemHttpResult Invalid(params IReadOnlyList<FieldError> errors) =>
        Create(StatusCodes.Status400BadRequest, "invalid-request", "The request is not valid.", string.Join(" ", errors.Select(error => error.Message)), errors);

    public static ProblemHttpResult Forbidden(string detail) =>
        Create(StatusCodes.Status403Forbidden, "forbidden", "This is not allowed.", detail, null);

    public static ProblemHttpResult NotFound(string detail) =>
        Create(StatusCodes.Status404NotFound, "not-found", "There is no such thing.", detail, null);

    public static ProblemHttpResult Conflict(string detail) =>
        Create(StatusCodes.Status409Conflict, "conflict", "This is at odds with what there is.", detail, null);

    public static ProblemHttpResult TooLarge(string detail) =>
        Create(StatusCodes.Status413PayloadTooLarge, "too-large", "The request is too large.", detail, null);

    public static ProblemHttpResult UnsupportedMediaType(string detail) =>
        Create(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The content type is not supported.", detail, null);

    public static ProblemHttpResult TooMany(string detail) =>
        Create(StatusCodes.Status429TooManyRequests, "too-many-requests", "There is too much to do right now.", detail, null);

    /// <summary>The stable name of a status' problem.</summary>
    /// <param name="status">HTTP status.</param>
    /// <returns>A URI.</returns>
    public static string TypeOf(int status) => TypeRoot + status switch
    {
        400 => "invalid-request",
        403 => "forbidden",
        404 => "not-found",
        405 => "method-not-allowed",
        409 => "conflict",
        413 => "too-large",
        415 => "unsupported-media-type",
        429 => "too-many-requests",
        503 => "unavailable",
        _ => "error",
    };

    /// <summary>Whether a type is one of these names, and not one that the framework gave.</summary>
    /// <param name="type">The type, or null.</param>
    public static bool IsOwn(string? type) => type is not null && type.StartsWith(TypeRoot, StringComparison.Ordinal);

    private static ProblemHttpResult Create(int status, string name, string title, string detail, IReadOnlyList<FieldError>? errors) =>
        TypedResults.Problem(
            detail,
            statusCode: status,
            title: title,
            type: TypeRoot + name,
            extensions: errors is null ? null : new Dictionary<string, object?>(StringComparer.Ordinal) { ["errors"] = errors });
}
