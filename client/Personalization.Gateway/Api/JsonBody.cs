using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Gateway;

/// <summary>Reads bodies within the limits.</summary>
internal static class JsonBody
{
    /// <summary>Reads a whole body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxBytes">Limit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The bytes; null when there are more than the limit.</returns>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        while (true)
        {
            ReadResult read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > maxBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Whether a body says that it is of a type.</summary>
    /// <param name="request">The request.</param>
    /// <param name="type">For instance <c>application/json</c>.</param>
    public static bool Is(HttpRequest request, string type) =>
        request.ContentType is { } content && string.Equals(content.Split(';')[0].Trim(), type, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a JSON object into a record.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="bytes">The body.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <returns>The record, or null with an error.</returns>
    public static T? Parse<T>(byte[] bytes, List<FieldError> errors)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize<T>(bytes, PersonalizationJson.Options) is { } value)
            {
                return value;
            }

            errors.Add(new FieldError(string.Empty, InputErrorCodes.NotAnObject, "The body must be a JSON object."));
        }
        catch (JsonException exception)
        {
            var field = exception.Path is { Length: > 2 } path ? path[2..] : string.Empty;
            errors.Add(new FieldError(
                field, field.Length == 0 ? InputErrorCodes.NotJson : InputErrorCodes.WrongType, field.Length == 0 ? "The body must be a JSON object." : $"{field} has the wrong type."));
        }

        return null;
    }
}
