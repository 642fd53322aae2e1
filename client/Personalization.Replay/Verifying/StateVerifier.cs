using System.Collections.Concurrent;
using System.Net;
using Personalization.Client;
using Personalization.Users;

namespace Personalization.Replay;

/// <summary>Compares every user's stored history and sums with the expected ones.</summary>
/// <param name="client">Reads histories and profiles.</param>
/// <param name="options">How; null: the defaults.</param>
/// <param name="time">The clock; null: the system's.</param>
public sealed class StateVerifier(IPersonalizationClient client, VerifyOptions? options = null, TimeProvider? time = null)
{
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(5);
    private readonly VerifyOptions _options = options ?? new VerifyOptions();
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _retries;

    /// <summary>Compares all users.</summary>
    /// <param name="expected">What must be there; complete.</param>
    /// <param name="progress">Told the number of users compared.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What was found. A read that keeps failing ends the comparison with its exception: a part of it proves nothing.</returns>
    public async Task<VerifyResult> RunAsync(ExpectedState expected, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var differences = new ConcurrentBag<string>();
        var different = 0;
        var done = 0L;
        await Parallel.ForEachAsync(
            expected.Users,
            new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency, CancellationToken = cancellationToken },
            async (user, token) =>
            {
                var history = await ReadAsync(read => HistoryAsync(user, read), token);
                var difference = expected.Difference(user, history)
                    ?? expected.Difference(user, await ReadAsync(read => client.GetProfileAsync(user, new UserQuery { Timeout = ReadTimeout }, read), token));
                if (difference is not null && Interlocked.Increment(ref different) <= _options.Shown)
                {
                    differences.Add(difference);
                }

                progress?.Report(Interlocked.Increment(ref done));
            });
        return new VerifyResult(
            expected.Users.Count,
            expected.Events,
            expected.Duplicates,
            expected.TooLate,
            different,
            [.. differences.Order(StringComparer.Ordinal)],
            Interlocked.Read(ref _retries));
    }

    private async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return await read(cancellationToken);
            }
            catch (Exception exception) when (IsTransient(exception, cancellationToken) && _time.GetElapsedTime(started) < _options.RetryFor)
            {
                Interlocked.Increment(ref _retries);
            }

            await Task.Delay(_options.RetryPause, _time, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<HistoryEvent>> HistoryAsync(string user, CancellationToken cancellationToken)
    {
        var query = new HistoryQuery { Limit = ExpectedState.DefaultCapacity, Timeout = ReadTimeout };
        var page = await client.GetHistoryAsync(user, query, cancellationToken);
        if (page.Next is null)
        {
            return page.Events;
        }

        var events = new List<HistoryEvent>(page.Events);
        while (page.Next is { } next)
        {
            page = await client.GetHistoryAsync(user, query with { Before = next }, cancellationToken);
            events.AddRange(page.Events);
        }

        return events;
    }

    private static bool IsTransient(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        HttpRequestException or TimeoutException => true,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        PersonalizationApiException api => api.Status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
        _ => false,
    };
}
