using System.Diagnostics.CodeAnalysis;
using Personalization.Churn;
using Personalization.Inference;
using Personalization.Models;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>
/// The last shelf the model made for one user: answers again while nothing changed, and is what is left when the model cannot answer. Thread-safe: a shelf is
/// made of the model's answer wherever that comes in, beside the grain's turn.
/// </summary>
/// <remarks>
/// A shelf is written over the one before it, and nothing in it is an object of its own. Every active shopper keeps one, and with new objects for each of
/// them they would be most of what a garbage collection has to look for, finds alive and moves: milliseconds of everybody's time.
/// </remarks>
internal sealed class ShelfCache(ShelfFlights flights, TimeProvider time, TimeSpan duration)
{
    // Somewhat fewer items than places are better than a list that took too long.
    private const double LeastShare = 0.75;

    private readonly Lock _lock = new();
    private ShelfPlace[] _places = [];
    private int _count = -1;
    private ShelfShape _shape;
    private long _revision;
    private long _catalogue;
    private ModelRef? _model;
    private ModelRef? _madeBy;
    private (double Probability, ChurnLevel Level, int HorizonDays)? _churn;
    private string? _version;
    private long _since;
    private long _oldest;

    /// <summary>Looks a shelf up.</summary>
    /// <param name="key">What it has to be made from.</param>
    /// <param name="userId">Whose it is.</param>
    /// <returns>The shelf without an id, or null.</returns>
    public RecommendationResponse? Get(ShelfKey key, string userId)
    {
        lock (_lock)
        {
            return _count >= 0 && _revision == key.Revision && _catalogue == key.Catalogue && Equals(_model, key.Model)
                && _shape.Equals(key.Shape) && time.GetElapsedTime(_since) < duration
                ? new RecommendationResponse
                {
                    UserId = userId,
                    Version = _version,
                    RecommendationId = "",
                    Model = _madeBy,
                    Source = RecommendationSource.Model,
                    Items = Items(_count),
                    Churn = _churn is { } churn ? new ChurnSummary(churn.Probability, churn.Level, churn.HorizonDays) : null,
                }
                : null;
        }
    }

    /// <summary>The items of the model's last shelf, however old.</summary>
    /// <returns>Best first; empty when there is none.</returns>
    public RecommendedItem[] LastGood()
    {
        lock (_lock)
        {
            return Items(Math.Max(_count, 0));
        }
    }

    /// <summary>
    /// The items of the model's last shelf, however old, when neither the shopper nor the catalogue changed since and it fills most of the places. For any thread.
    /// </summary>
    /// <param name="revision">The state's revision now.</param>
    /// <param name="catalogue">The catalogue's.</param>
    /// <param name="request">What is asked for; a version that it names has to be the shelf's.</param>
    /// <returns>As many items as asked for or somewhat fewer, and the version they are of; or null.</returns>
    public (RecommendedItem[] Items, string? Version)? Unchanged(long revision, long catalogue, RecommendationRequest request)
    {
        lock (_lock)
        {
            return _count >= 0 && _revision == revision && _catalogue == catalogue
                && _count >= request.Count * LeastShare && _shape.HasFiltersOf(request)
                && (request.MinVersion is null || string.Equals(request.MinVersion, _version, StringComparison.Ordinal))
                ? (Items(Math.Min(request.Count, _count)), _version)
                : null;
        }
    }

    /// <summary>Asks the model for a shelf unless the same one is being asked for.</summary>
    /// <typeparam name="T">What the question takes.</typeparam>
    /// <param name="key">What the shelf is made from.</param>
    /// <param name="question">What the question takes.</param>
    /// <param name="ask">Asks.</param>
    /// <param name="isOwn">Whether it asked.</param>
    /// <returns>The model's answer to come.</returns>
    public Task<InferenceResult> AskOnce<T>(ShelfKey key, in T question, Func<T, Task<InferenceResult>> ask, out bool isOwn)
    {
        lock (_lock)
        {
            if (flights.TryFind(this, key, static (asked, key) => asked == key, out var shared))
            {
                isOwn = false;
                return shared;
            }

            isOwn = true;
            var answer = ask(question);
            if (!answer.IsCompleted)
            {
                flights.Add(this, key, answer);
            }

            return answer;
        }
    }

    /// <summary>Whether another shelf of the same state and model is being asked for.</summary>
    /// <param name="key">What the shelf is made from.</param>
    /// <param name="answer">The answer to come.</param>
    /// <returns>Whether there is one.</returns>
    public bool IsAnotherAsked(in ShelfKey key, [NotNullWhen(true)] out Task? answer)
    {
        var isAsked = flights.TryFind(
            this, key, static (asked, key) => asked.Revision == key.Revision && Equals(asked.Model, key.Model) && asked != key, out var coming);
        answer = coming;
        return isAsked;
    }

    /// <summary>Lets answers go that have come.</summary>
    public void Answered() => flights.LetGo(this);

    /// <summary>Keeps a shelf that the model made.</summary>
    /// <param name="key">What it was made from.</param>
    /// <param name="shelf">The shelf.</param>
    public void Put(ShelfKey key, RecommendationResponse shelf)
    {
        lock (_lock)
        {
            // A slower answer for an older state must not replace a newer one, nor bring an erased shopper back.
            if (key.Revision < _oldest)
            {
                return;
            }

            if (_places.Length < shelf.Items.Length)
            {
                _places = new ShelfPlace[shelf.Items.Length];
            }

            Array.Clear(_places, shelf.Items.Length, _places.Length - shelf.Items.Length);
            _count = shelf.Items.Length;
            for (var i = 0; i < _count; i++)
            {
                _places[i] = ShelfPlace.Of(shelf.Items[i]);
            }

            (_oldest, _revision, _catalogue, _model, _madeBy) = (key.Revision, key.Revision, key.Catalogue, key.Model, shelf.Model);
            _shape = key.Shape;
            _since = time.GetTimestamp();
            _churn = shelf.Churn is { } churn ? (churn.Probability, churn.Level, churn.HorizonDays) : null;
            _version = string.Equals(_version, shelf.Version, StringComparison.Ordinal) ? _version : shelf.Version;
        }
    }

    /// <summary>Forgets everything, for instance when the user is erased.</summary>
    /// <param name="revision">The state's revision now: shelves made from older ones are not taken in any more.</param>
    public void Clear(long revision)
    {
        lock (_lock)
        {
            (_places, _count, _churn, _version, _oldest) = ([], -1, null, null, revision);
        }
    }

    private RecommendedItem[] Items(int count)
    {
        var items = new RecommendedItem[count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = _places[i].ToItem();
        }

        return items;
    }
}
