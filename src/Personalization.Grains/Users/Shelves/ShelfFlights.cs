using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Personalization.Inference;

namespace Personalization.Users;

/// <summary>What the model is being asked for shelves on this silo, so that who asks the same shares the answer. Thread-safe.</summary>
/// <remarks>
/// Here and not with each shopper: a long-lived object that is given a new one is something the next garbage collection has to look for, and thousands of
/// shoppers ask between two of them.
/// </remarks>
internal sealed class ShelfFlights
{
    private const int Stripes = 256;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Stripe())];

    /// <summary>Adds a question.</summary>
    /// <param name="of">The shopper's shelves.</param>
    /// <param name="key">What the shelf is made from.</param>
    /// <param name="answer">The answer to come.</param>
    public void Add(ShelfCache of, in ShelfKey key, Task<InferenceResult> answer) => StripeOf(of).Add(new Flight(of, key, answer));

    /// <summary>Finds a question that is not answered yet.</summary>
    /// <param name="of">The shopper's shelves.</param>
    /// <param name="key">What a shelf is made from.</param>
    /// <param name="isMeant">Whether a question, the first argument, is one to find by <paramref name="key"/>, the second.</param>
    /// <param name="answer">Gets the answer to come.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(ShelfCache of, in ShelfKey key, Func<ShelfKey, ShelfKey, bool> isMeant, [NotNullWhen(true)] out Task<InferenceResult>? answer) =>
        StripeOf(of).TryFind(of, key, isMeant, out answer);

    /// <summary>Lets answers go that have come.</summary>
    /// <param name="of">The shopper's shelves.</param>
    public void LetGo(ShelfCache of) => StripeOf(of).LetGo();

    private Stripe StripeOf(ShelfCache of) => _stripes[(uint)RuntimeHelpers.GetHashCode(of) % Stripes];

    private readonly record struct Flight(ShelfCache Of, ShelfKey Key, Task<InferenceResult> Answer);

    private sealed class Stripe
    {
        private readonly Lock _lock = new();
        private readonly List<Flight> _flights = [];

        public void Add(in Flight flight)
        {
            lock (_lock)
            {
                _flights.Add(flight);
            }
        }

        public bool TryFind(ShelfCache of, in ShelfKey key, Func<ShelfKey, ShelfKey, bool> isMeant, [NotNullWhen(true)] out Task<InferenceResult>? answer)
        {
            lock (_lock)
            {
                foreach (var flight in _flights)
                {
                    if (ReferenceEquals(flight.Of, of) && !flight.Answer.IsCompleted && isMeant(flight.Key, key))
                    {
                        answer = flight.Answer;
                        return true;
                    }
                }

                answer = null;
                return false;
            }
        }

        public void LetGo()
        {
            lock (_lock)
            {
                _flights.RemoveAll(static flight => flight.Answer.IsCompleted);
            }
        }
    }
}
