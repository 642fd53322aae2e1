using System.Text;
using Confluent.Kafka;

namespace Personalization.Ingestion;

/// <summary>A refused event as it is written to the dead-letter topic. Where that takes less than the stream did, it is cut, and headers tell what there was.</summary>
/// <param name="source">The event's message.</param>
internal sealed class DeadLetter(Message<byte[]?, byte[]?> source)
{
    /// <summary>What is kept of a value that is too large.</summary>
    public const int KeptBytes = 64 * 1024;

    // Any user id of the contract, and enough to recognise a value by.
    private const int KeptKeyBytes = 512;
    private const int LeastBytes = 1024;
    private const int MaxCuts = 3;
    private readonly Headers _own = [];
    private byte[]? _key = source.Key;
    private byte[]? _value = source.Value;
    private int _cuts;

    /// <summary>Whether something may be left to cut.</summary>
    public bool CanBeCut => _cuts < MaxCuts;

    /// <summary>Adds a header of our own behind the original ones.</summary>
    /// <param name="name">Its name; an earlier one of the same name goes.</param>
    /// <param name="value">Its value.</param>
    public void Add(string name, string value)
    {
        _own.Remove(name);
        _own.Add(name, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>What is written, as it is now.</summary>
    /// <returns>A message of its own.</returns>
    public Message<byte[]?, byte[]?> ToMessage()
    {
        var headers = new Headers();
        foreach (var header in (_cuts < 2 ? source.Headers ?? [] : []).Concat(_own))
        {
            headers.Add(header.Key, header.GetValueBytes());
        }

        return new Message<byte[]?, byte[]?> { Key = _key, Value = _value, Headers = headers };
    }

    /// <summary>Makes it smaller: first the value, then the original headers and the key, at last all but the beginning of the value.</summary>
    public void Cut()
    {
        _cuts++;
        if (_cuts == 2)
        {
            Add("error.truncated_headers", (source.Headers?.Count ?? 0).ToString());
            _key = Shortened(source.Key, KeptKeyBytes, "error.truncated_key");
        }
        else
        {
            _value = Shortened(source.Value, _cuts == 1 ? KeptBytes : LeastBytes, "error.truncated");
        }
    }

    private byte[]? Shortened(byte[]? bytes, int kept, string header)
    {
        if (bytes is null || bytes.Length <= kept)
        {
            return bytes;
        }

        Add(header, bytes.Length.ToString());
        return bytes[..kept];
    }
}
