using System.Net;
using System.Text;
using System.Text.Json;

namespace Personalization.GatewayTests;

/// <summary>The document says all that a caller needs: clients are generated from it.</summary>
public sealed class OpenApiDocumentTests : IAsyncLifetime
{
    private GatewayUnderTest _gateway = null!;
    private JsonElement _document;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync();
        _document = JsonDocument.Parse(await _gateway.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement;
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    /// <summary>A value that no parameter takes is refused where it is read, and only there.</summary>
    [Fact]
    public async Task Each_operation_declares_exactly_the_parameters_that_it_reads()
    {
        string[] names = ["before", "category", "count", "excludeItem", "include", "lastEventId", "limit", "minVersion", "percent", "timeoutMs", "user", "window"];
        Operations().SelectMany(operation => QueryOf(operation.Value)).Distinct().Order(StringComparer.Ordinal).ShouldBe(names);
        foreach (var (path, method, operation) in Operations())
        {
            // Like the header that it stands in for, the id of an event may be any.
            foreach (var name in names.Where(name => name != "lastEventId"))
            {
                var read = await RefusedAsync(method, $"{path.Replace('{', 'x').Replace('}', 'x')}?{name}=%01");
                read.ShouldBe(QueryOf(operation).Contains(name), $"{method} {path}: {name}");
            }
        }
    }

    [Fact]
    public void A_parameter_says_what_it_may_be()
    {
        var shelf = Operation("/v1/users/{userId}/recommendations", "get").GetProperty("parameters").EnumerateArray().ToDictionary(parameter => parameter.GetProperty("name").GetString()!);

        var count = shelf["count"].GetProperty("schema");
        (count.GetProperty("minimum").GetInt32(), count.GetProperty("maximum").GetInt32(), count.GetProperty("default").GetInt32()).ShouldBe((1, 100, 20));
        shelf["count"].TryGetProperty("required", out _).ShouldBeFalse();
        shelf["excludeItem"].GetProperty("schema").GetProperty("type").GetString().ShouldBe("array");
        shelf["include"].GetProperty("schema").GetProperty("items").GetProperty("enum").EnumerateArray().Single().GetString().ShouldBe("items");
        shelf["userId"].GetProperty("in").GetString().ShouldBe("path");
    }

    [Fact]
    public void Events_come_as_one_as_an_array_or_as_lines_and_may_leave_out_what_is_made_for_them()
    {
        var content = Operation("/v1/events", "post").GetProperty("requestBody").GetProperty("content");
        var forms = content.GetProperty("application/json").GetProperty("schema").GetProperty("oneOf");

        forms[1].GetProperty("maxItems").GetInt32().ShouldBe(1_000);
        foreach (var schema in new[] { forms[0], forms[1].GetProperty("items"), content.GetProperty("application/x-ndjson").GetProperty("schema") })
        {
            RequiredOf(schema).ShouldBe(["userId", "itemId", "type"]);
        }
    }

    /// <summary>One that no operation has would still become a class of each generated client, and be taken for what is sent.</summary>
    [Fact]
    public void Each_schema_is_of_something_that_is_sent_or_answered()
    {
        var text = _document.GetRawText();
        foreach (var schema in _document.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            text.ShouldContain($"\"#/components/schemas/{schema.Name}\"", customMessage: schema.Name);
        }
    }

    [Fact]
    public void An_item_need_not_repeat_the_id_of_its_path() =>
        RequiredOf(Operation("/v1/items/{itemId}", "put").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema")).ShouldBe(["title"]);

    [Fact]
    public void Whatever_asks_the_cluster_may_be_told_to_come_back_later()
    {
        foreach (var (path, method, operation) in Operations().Where(operation => operation.Path.StartsWith("/v1/", StringComparison.Ordinal) && operation.Path != "/v1/stream"))
        {
            var answers = operation.GetProperty("responses").EnumerateObject().Select(answer => answer.Name).ToArray();
            answers.ShouldContain("429", $"{method} {path}");
            answers.ShouldContain("503", $"{method} {path}");
        }
    }

    private static string[] QueryOf(JsonElement operation) => operation.TryGetProperty("parameters", out var parameters)
        ? [.. parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!)]
        : [];

    private IEnumerable<(string Path, string Method, JsonElement Value)> Operations() =>
        _document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (path.Name, operation.Name, operation.Value)));

    private JsonElement Operation(string path, string method) => _document.GetProperty("paths").GetProperty(path).GetProperty(method);

    private string[] RequiredOf(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = reference.GetString()!.Split('/').Skip(1).Aggregate(_document, (element, name) => element.GetProperty(name));
        }

        return [.. schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!)];
    }

    /// <summary>Whether a request is refused for its query; a body of its kind is there and good.</summary>
    private async Task<bool> RefusedAsync(string method, string address)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), address);
        if (method is "post" or "put")
        {
            request.Content = new StringContent("""{"userId":"u","itemId":"xitemIdx","type":"view","title":"t","itemIds":["i"]}""", Encoding.UTF8, "application/json");
        }

        using var answer = await _gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode == HttpStatusCode.BadRequest;
    }
}
