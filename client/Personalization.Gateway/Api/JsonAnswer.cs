using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Personalization.Gateway;

/// <summary>
/// 200 with a JSON body, written at once and of a length that is told: a client or proxy of HTTP/1.0 keeps its connection, and a shelf, which is asked for most of
/// all, does not go through the stages of a body of any length. It is about shoppers, so nobody on its way is to keep it.
/// </summary>
/// <typeparam name="T">What is answered.</typeparam>
/// <param name="value">The answer.</param>
internal sealed class JsonAnswer<T>(T value) : IResult
{
    private const int LargestKept = 256 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? _ofThread;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        Write(httpContext.Response);
        await httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }

    private void Write(HttpResponse response)
    {
        // Taken, so that one with half an answer in it is not used again.
        var (buffer, writer) = _ofThread ?? Create();
        _ofThread = null;
        JsonSerializer.Serialize(writer, value, PersonalizationJson.Options);
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = buffer.WrittenCount;
        response.Headers.CacheControl = "no-store";
        response.BodyWriter.Write(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
        writer.Reset();
        if (buffer.Capacity <= LargestKept)
        {
            _ofThread = (buffer, writer);
        }
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) Create()
    {
        var buffer = new ArrayBufferWriter<byte>();

        // As the host writes all other answers: escaped for JSON alone, as none is a part of a page.
        return (buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }
}
