using Personalization.Benchmarks.Inference;

namespace Personalization.Benchmarks.Http;

/// <summary>A service that is measured.</summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Name in the report.</summary>
    string Name { get; }

    /// <summary>Why it cannot be measured here, or null.</summary>
    string? MissingReason { get; }

    /// <summary>Ids of its processes by name, with those of its servers.</summary>
    IReadOnlyList<(string Name, int Id)> Processes { get; }

    /// <summary>Starts it and gives every shopper a history.</summary>
    /// <param name="histories">Item ids, oldest first; a shopper's number is the place in the list.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when it is ready and knows all.</returns>
    Task StartAsync(IReadOnlyList<string[]> histories, CancellationToken cancellationToken);

    /// <summary>Asks for a shelf.</summary>
    /// <param name="number">The shopper.</param>
    /// <param name="count">Places.</param>
    /// <returns>Who made it, and what the service says of its own time.</returns>
    Task<Reply> RecommendAsync(int number, int count);

    /// <summary>Clicks and asks for the shelf at once.</summary>
    /// <param name="number">The shopper.</param>
    /// <param name="itemId">The item.</param>
    /// <returns>Whether the shelf was made from a state that holds the click.</returns>
    Task<bool> ClickThenReadAsync(int number, string itemId);
}
