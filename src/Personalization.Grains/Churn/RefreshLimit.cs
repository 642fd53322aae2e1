using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>Bounds how many shoppers of a silo are scored one by one after activity; a stream that catches up brings thousands a second. Thread-safe.</summary>
internal sealed class RefreshLimit(IOptions<UserOptions> options) : IDisposable
{
    private readonly TokenBucketRateLimiter _limiter = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = options.Value.ChurnRefreshesPerSecond,
        TokensPerPeriod = options.Value.ChurnRefreshesPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    /// <summary>Takes one of this second's scores.</summary>
    /// <returns>False: there are none left.</returns>
    public bool TryTake()
    {
        using var lease = _limiter.AttemptAcquire();
        return lease.IsAcquired;
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
