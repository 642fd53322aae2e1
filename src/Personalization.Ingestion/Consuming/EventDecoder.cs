using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Ingestion;

/// <summary>Makes an event of a message. For the consume thread.</summary>
internal sealed class EventDecoder
{
    private readonly ShopClock _clock;
    private readonly ReplayClock? _replay;
    private readonly EventParser _parser;
    private readonly IngestionInstruments _instruments;

    public EventDecoder(ShopClock clock, TimeProvider time, IOptions<IngestionOptions> options, IngestionInstruments instruments)
    {
        (_clock, _instruments) = (clock, instruments);
        _replay = options.Value.AdvanceClock ? clock as ReplayClock : null;

        // Where the stream moves shop time, only the real clock can tell what is too far ahead: the past that is replayed is behind it.
        _parser = new EventParser(_replay is null ? clock : ShopClock.Wall(time));
    }

    /// <summary>Decodes a message. An id that is left out is made from the position, a time that is left out is the message's: both stay the same when it is read again.</summary>
    /// <param name="record">The message.</param>
    /// <param name="epoch">Identity of its topic.</param>
    /// <param name="decoded">The event, when it is one.</param>
    /// <param name="error">The first fault, when it is none.</param>
    /// <returns>Whether it is an event.</returns>
    public bool TryDecode(
        ConsumeResult<byte[]?, byte[]?> record,
        string epoch,
        [NotNullWhen(true)] out BehaviorEvent? decoded,
        [NotNullWhen(false)] out FieldError? error)
    {
        var parsed = _parser.Parse(record.Message.Value, new EventDefaults("", TimeOf(record.Message.Timestamp)));
        _instruments.IgnoredFields(parsed.IgnoredFields.Count);
        decoded = parsed.Event;
        error = null;
        if (decoded is null)
        {
            error = parsed.Errors[0];
            return false;
        }

        if (decoded.EventId.Length == 0)
        {
            decoded = decoded with { EventId = new StreamPosition(epoch, record.Partition.Value, record.Offset.Value).ToString() };
        }

        _replay?.AdvanceTo(decoded.Timestamp);
        return true;
    }

    private DateTimeOffset TimeOf(Timestamp timestamp) => _clock is not ReplayClock && RecordTime.Of(timestamp) is { } at ? at : _clock.GetUtcNow();
}
