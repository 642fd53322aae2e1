using System.Runtime.CompilerServices;
using System.Text;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>Events as text: one event's JSON a line, empty lines skipped.</summary>
public static class JsonLines
{
    /// <summary>Reads the valid events.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="parser">Checks each line.</param>
    /// <param name="refused">Told of each line that is not an event.</param>
    /// <param name="time">Stands in for a missing timestamp; null: the system's clock. A missing event id becomes a new one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The events in the text's order.</returns>
    public static async IAsyncEnumerable<BehaviorEvent> ReadAsync(
        TextReader reader,
        EventParser parser,
        Action<RefusedLine> refused,
        TimeProvider? time = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(refused);
        time ??= TimeProvider.System;
        for (var number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var parsed = parser.Parse(Encoding.UTF8.GetBytes(line), new EventDefaults(Guid.CreateVersion7().ToString("N"), time.GetUtcNow()));
            if (parsed.Event is { } behaviorEvent)
            {
                yield return behaviorEvent;
            }
            else
            {
                refused(new RefusedLine(number, parsed.Errors));
            }
        }
    }
}
