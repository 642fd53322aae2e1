using Personalization.Events;

namespace Personalization.Cli.Load;

/// <summary>
/// A shopper's visit: a first shelf, then clicks out of the shelf (one in eight into the cart), each a trial of its own that is due when the shopper
/// has thought; a step waits for the one before it, as a person does, and its lateness counts. One step in four asks for an order first.
/// </summary>
/// <param name="steps">The requests.</param>
/// <param name="options">The shape of visits.</param>
/// <param name="clock">Time of the run.</param>
/// <param name="user">The shopper.</param>
/// <param name="items">What is clicked when a shelf is empty.</param>
/// <param name="random">Source of chance.</param>
internal sealed class Visit(LoadSteps steps, LoadOptions options, LoadClock clock, string user, IReadOnlyList<string> items, Random random)
{
    public async Task RunAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        string[] shelf = [];
        await steps.TrialAsync(due, async () => shelf = await ShelfAsync(null, cancellationToken), cancellationToken);
        while (random.NextDouble() >= 1 / (1 + options.VisitClicks))
        {
            due += options.Think * -Math.Log(1 - random.NextDouble());
            await clock.UntilAsync(due, cancellationToken);
            await steps.TrialAsync(
                due,
                async () =>
                {
                    if (random.Next(4) == 0)
                    {
                        await steps.RankAsync(user, shelf.Length > 0 ? shelf : [.. items.Take(options.RankItems)], cancellationToken);
                    }

                    var item = shelf.Length > 0 ? shelf[random.Next(shelf.Length)] : items[random.Next(items.Count)];
                    shelf = await ShelfAsync(item, cancellationToken);
                },
                cancellationToken);
        }
    }

    private async Task<string[]> ShelfAsync(string? clicked, CancellationToken cancellationToken)
    {
        var type = random.Next(8) == 0 ? EventType.AddToCart : EventType.Click;
        var answer = clicked is null
            ? await steps.ShelfAsync(user, null, cancellationToken)
            : await steps.ClickAsync(user, clicked, type, cancellationToken);
        return [.. answer.Items.Select(item => item.ItemId)];
    }
}
