using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Items;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Users;
using Personalization.Validation;

namespace Personalization.Client;

/// <summary>
/// Talks to the gateway over HTTP: for programs anywhere. Refusals are <see cref="PersonalizationApiException"/>. It remembers its users' versions,
/// so keep it as long as their clicks are to be known; those that <see cref="ClientExtensions.AddPersonalizationHttpClient"/> makes share a memory.
/// An id that is <c>.</c> or <c>..</c> is an <see cref="ArgumentException"/>.
/// </summary>
public sealed class HttpPersonalizationClient : IPersonalizationClient
{
    /// <summary>Users whose versions are kept.</summary>
    internal const int RememberedUsers = 100_000;

    // Web servers take a request line of 8 KiB by default, some proxies less.
    private const int LongestQuery = 4_096;

    // A second more than a gateway has: its refusal says more than that there was no answer.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly MediaTypeHeaderValue NdJson = new("application/x-ndjson");

    // Letters go as they are: as escapes, the longest lists are more than a gateway takes.
    private static readonly JsonSerializerOptions Bodies = new(PersonalizationJson.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpClient _http;
    private readonly VersionMemory _versions;
    private readonly TimeProvider _time;

    /// <summary>Makes a client with a memory of its own.</summary>
    /// <param name="http">With the gateway's base address, which ends with a slash.</param>
    public HttpPersonalizationClient(HttpClient http)
        : this(http, new VersionMemory(RememberedUsers), TimeProvider.System)
    {
    }

    /// <summary>Makes a client that shares a memory with others.</summary>
    /// <param name="http">With the gateway's base address, which ends with a slash.</param>
    /// <param name="versions">The memory.</param>
    /// <param name="time">Real time.</param>
    internal HttpPersonalizationClient(HttpClient http, VersionMemory versions, TimeProvider time) => (_http, _versions, _time) = (http, versions, time);

    /// <inheritdoc/>
    public async Task<string> TrackAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken = default) =>
        (await TrackAsync([behaviorEvent], cancellationToken))[0];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> TrackAsync(IReadOnlyList<BehaviorEvent> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        using var body = new ByteArrayContent([.. events.SelectMany(e => EventWriter.Write(e).Append((byte)'\n'))]);
        body.Headers.ContentType = NdJson;
        using var answer = await _http.PostAsync(new Uri("v1/events", UriKind.Relative), body, cancellationToken);
        var results = await ReadAsync<EventResults>(answer, cancellationToken);
        foreach (var taken in results.Results.Where(result => result.Version is not null && result.Index < events.Count))
        {
            _versions.Set(events[taken.Index].UserId, taken.Version!);
        }

        if (results.Rejected > 0)
        {
            var refused = results.Results.First(result => !result.Accepted);
            throw new PersonalizationApiException(
                HttpStatusCode.BadRequest,
                $"{results.Rejected} of {events.Count} events were refused; the first: {refused.Errors?.FirstOrDefault()?.Message}",
                JsonSerializer.Serialize(results, PersonalizationJson.Options));
        }

        return [.. results.Results.Select(result => result.Version!)];
    }

    /// <inheritdoc/>
    public async Task<RecommendationResponse> RecommendAsync(string userId, RecommendationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var version = request.MinVersion ?? _versions.Get(userId);
        var path = $"v1/users/{Segment(userId)}/recommendations";
        var query = new StringBuilder($"{path}?count={request.Count}&timeoutMs={Milliseconds(request.Timeout)}");
        AppendMinVersion(query, version);
        foreach (var category in request.Categories)
        {
            query.Append("&category=").Append(Uri.EscapeDataString(category));
        }

        foreach (var item in request.ExcludeItems)
        {
            query.Append("&excludeItem=").Append(Uri.EscapeDataString(item));
        }

        query.Append(request.IncludeItems ? "&include=items" : string.Empty);
        if (query.Length <= LongestQuery)
        {
            return await GetAsync<RecommendationResponse>(query.ToString(), request.Timeout, cancellationToken);
        }

        var body = new
        {
            count = request.Count,
            minVersion = version,
            category = request.Categories,
            excludeItem = request.ExcludeItems,
            include = request.IncludeItems ? new[] { "items" } : [],
            timeoutMs = Milliseconds(request.Timeout),
        };
        return await PostAsync<RecommendationResponse>(path, body, request.Timeout, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<RankResponse> RankAsync(string userId, RankRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = new { itemIds = request.ItemIds, minVersion = request.MinVersion ?? _versions.Get(userId), timeoutMs = Milliseconds(request.Timeout) };
        return PostAsync<RankResponse>($"v1/users/{Segment(userId)}/rank", body, request.Timeout, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<UserProfile> GetProfileAsync(string userId, UserQuery query, CancellationToken cancellationToken = default) =>
        GetAsync<UserProfile>(userId, "?", query, cancellationToken);

    /// <inheritdoc/>
    public Task<HistoryPage> GetHistoryAsync(string userId, HistoryQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new StringBuilder($"v1/users/{Segment(userId)}/history?limit={query.Limit}&timeoutMs={Milliseconds(query.Timeout)}");
        AppendMinVersion(path, query.MinVersion ?? _versions.Get(userId));
        path.Append(query.Before is null ? string.Empty : "&before=" + Uri.EscapeDataString(query.Before));
        return GetAsync<HistoryPage>(path.ToString(), query.Timeout, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ChurnStatus> GetChurnAsync(string userId, UserQuery query, CancellationToken cancellationToken = default) =>
        GetAsync<ChurnStatus>(userId, "/churn?", query, cancellationToken);

    /// <inheritdoc/>
    public async Task EraseAsync(string userId, CancellationToken cancellationToken = default)
    {
        using var answer = await _http.DeleteAsync(new Uri($"v1/users/{Segment(userId)}", UriKind.Relative), cancellationToken);
        await ThrowIfRefusedAsync(answer, cancellationToken);
        _versions.Forget(userId);
    }

    /// <inheritdoc/>
    public Task<Item?> GetItemAsync(string itemId, CancellationToken cancellationToken = default) =>
        GetOrNullAsync<Item>($"v1/items/{Segment(itemId)}", cancellationToken);

    /// <inheritdoc/>
    public async Task PutItemAsync(Item item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        using var answer = await _http.PutAsJsonAsync($"v1/items/{Segment(item.ItemId)}", item, Bodies, cancellationToken);
        await ThrowIfRefusedAsync(answer, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveItemAsync(string itemId, CancellationToken cancellationToken = default)
    {
        using var answer = await _http.DeleteAsync(new Uri($"v1/items/{Segment(itemId)}", UriKind.Relative), cancellationToken);
        await ThrowIfRefusedAsync(answer, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ItemList?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken = default) =>
        GetOrNullAsync<ItemList>($"v1/items/{Segment(itemId)}/similar?count={count}", cancellationToken);

    /// <inheritdoc/>
    public Task<ItemList> TrendingAsync(int count, TimeSpan window, string? category, CancellationToken cancellationToken = default) =>
        GetAsync<ItemList>(
            $"v1/trending?count={count}&window={window.TotalMinutes:0}m" + (category is null ? string.Empty : "&category=" + Uri.EscapeDataString(category)),
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CategoryCount>> GetCategoriesAsync(CancellationToken cancellationToken = default) =>
        await GetAsync<CategoryCount[]>("v1/categories", cancellationToken);

    /// <inheritdoc/>
    public Task<ClusterStatus> GetClusterAsync(CancellationToken cancellationToken = default) => GetAsync<ClusterStatus>("v1/ops", cancellationToken);

    /// <inheritdoc/>
    public async Task ActivateModelAsync(ModelRef model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var path = $"v1/models/{Segment(model.Name)}/{Segment(model.Version)}/activate";
        using var answer = await _http.PostAsync(new Uri(path, UriKind.Relative), null, cancellationToken);
        await ThrowIfRefusedAsync(answer, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The share is not a whole percent: the HTTP API takes no other.</exception>
    public async Task ChallengeModelAsync(ModelChallenge? challenge, CancellationToken cancellationToken = default)
    {
        using var answer = challenge is null
            ? await _http.DeleteAsync(new Uri("v1/models/challenge", UriKind.Relative), cancellationToken)
            : await _http.PostAsync(
                new Uri(
                    $"v1/models/{Segment(challenge.Model.Name)}/{Segment(challenge.Model.Version)}/challenge?percent={Percent(challenge)}",
                    UriKind.Relative),
                null,
                cancellationToken);
        await ThrowIfRefusedAsync(answer, cancellationToken);
    }

    /// <summary>An id as a part of a path.</summary>
    private static string Segment(string id) => IdRules.IsDots(id)
        ? throw new ArgumentException($"An id must not be '{id}': no path can name it.", nameof(id))
        : Uri.EscapeDataString(id);

    private static int Milliseconds(TimeSpan timeout) => (int)ReadTime.Of(timeout).TotalMilliseconds;

    private static int Percent(ModelChallenge challenge)
    {
        var percent = challenge.Share * 100;
        var whole = Math.Round(percent);
        return whole is >= 0 and <= 100 && Math.Abs(percent - whole) < 1e-9
            ? (int)whole
            : throw new ArgumentException($"A share over HTTP is a whole percent from 0 to 1, not {challenge.Share}.", nameof(challenge));
    }

    private static void AppendMinVersion(StringBuilder query, string? version)
    {
        if (version is not null)
        {
            query.Append("&minVersion=").Append(Uri.EscapeDataString(version));
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (!answer.IsSuccessStatusCode)
        {
            var problem = await answer.Content.ReadAsStringAsync(cancellationToken);
            throw new PersonalizationApiException(
                answer.StatusCode, string.Create(CultureInfo.InvariantCulture, $"The gateway answered {(int)answer.StatusCode}: {problem}"), problem);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await ThrowIfRefusedAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<T>(PersonalizationJson.Options, cancellationToken))!;
    }

    private Task<T> GetAsync<T>(string userId, string suffix, UserQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new StringBuilder($"v1/users/{Segment(userId)}{suffix}timeoutMs={Milliseconds(query.Timeout)}");
        AppendMinVersion(path, query.MinVersion ?? _versions.Get(userId));
        return GetAsync<T>(path.ToString(), query.Timeout, cancellationToken);
    }

    private Task<T> GetAsync<T>(string path, TimeSpan timeout, CancellationToken cancellationToken) =>
        ReadTime.AskAsync(token => GetAsync<T>(path, token), timeout, Grace, _time, cancellationToken);

    private Task<T> PostAsync<T>(string path, object body, TimeSpan timeout, CancellationToken cancellationToken) => ReadTime.AskAsync(
        async token =>
        {
            using var answer = await _http.PostAsJsonAsync(path, body, Bodies, token);
            return await ReadAsync<T>(answer, token);
        },
        timeout,
        Grace,
        _time,
        cancellationToken);

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return await ReadAsync<T>(answer, cancellationToken);
    }

    private async Task<T?> GetOrNullAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(answer, cancellationToken);
    }
}
