using Personalization.Inference;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>The last shelf the model made for one user: answers again while nothing changed, and is what is left when the model cannot answer.</summary>
internal sealed class ShelfCache(TimeProvider time, TimeSpan duration)
{
    // Somewhat fewer items than places are better than a list that took too long.
    private const double LeastShare = 0.75;

    private List<(ShelfKey Key, Task<InferenceResult> Answer)>? _asked;
    private Kept? _kept;
    private long _oldest;

    /// <summary>The model's last shelf, however old, or null.</summary>
    public RecommendationResponse? LastGood => Volatile.Read(ref _kept)?.Shelf;

    /// <summary>Looks a shelf up.</summary>
    /// <param name="key">What it has to be made from.</param>
    /// <returns>The shelf, or null.</returns>
    public RecommendationResponse? Get(ShelfKey key) =>
        _kept is { } kept && kept.Key.Equals(key) && time.GetElapsedTime(kept.Since) < duration ? kept.Shelf : null;

    /// <summary>The model's last shelf, however old, when neither the shopper nor the catalogue changed since and it fills most of the places. For any thread.</summary>
    /// <param name="revision">The state's revision now.</param>
    /// <param name="catalogue">The catalogue's.</param>
    /// <param name="shape">What is asked for.</param>
    /// <returns>The shelf as it was, or null.</returns>
    public RecommendationResponse? Unchanged(long revision, long catalogue, RecommendationRequest shape) =>
        Volatile.Read(ref _kept) is { } kept && kept.Key.Revision == revision && kept.Key.Catalogue == catalogue
        && kept.Shelf.Items.Length >= shape.Count * LeastShare && kept.Key.HasFilters(shape) ? kept.Shelf : null;

    /// <summary>The question for the same shelf that is under way, or null.</summary>
    /// <param name="key">What the shelf is made from.</param>
    /// <returns>The model's answer to come.</returns>
    public Task<InferenceResult>? Asked(ShelfKey key) => _asked?.Find(asked => !asked.Answer.IsCompleted && asked.Key.Equals(key)).Answer;

    /// <summary>Lets others who want the same shelf share a question.</summary>
    /// <param name="key">What the shelf is made from.</param>
    /// <param name="answer">The model's answer to come.</param>
    public void Ask(ShelfKey key, Task<InferenceResult> answer)
    {
        if (!answer.IsCompleted)
        {
            Answered();
            _asked ??= [];
            _asked.Add((key, answer));
        }
    }

    /// <summary>Lets answers go that have come.</summary>
    public void Answered() => _asked?.RemoveAll(static asked => asked.Answer.IsCompleted);

    /// <summary>Keeps a shelf that the model made.</summary>
    /// <param name="key">What it was made from.</param>
    /// <param name="shelf">The shelf.</param>
    public void Put(ShelfKey key, RecommendationResponse shelf)
    {
        // A slower answer for an older state must not replace a newer one, nor bring an erased shopper back.
        if (key.Revision < _oldest)
        {
            return;
        }

        Volatile.Write(ref _kept, new Kept(key, shelf, time.GetTimestamp()));
        _oldest = key.Revision;
    }

    /// <summary>Forgets everything, for instance when the user is erased.</summary>
    /// <param name="revision">The state's revision now: shelves made from older ones are not taken in any more.</param>
    public void Clear(long revision)
    {
        Volatile.Write(ref _kept, null);
        (_oldest, _asked) = (revision, null);
    }

    /// <summary>One shelf and what it was made from, replaced as a whole.</summary>
    private sealed record Kept(ShelfKey Key, RecommendationResponse Shelf, long Since);
}
