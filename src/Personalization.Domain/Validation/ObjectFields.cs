using System.Text;
using System.Text.Json;
using Personalization.Events;

namespace Personalization.Validation;

/// <summary>Walks over the fields of one JSON object: finds known ones, refuses repeated ones, notes unknown ones and collects the faults.</summary>
internal ref struct ObjectFields
{
    private const string HalfAPair = "The text must be valid Unicode; it holds half of a surrogate pair.";
    private readonly ReadOnlySpan<byte> _json;
    private readonly byte[][] _names;
    private List<FieldError>? _errors;
    private List<string>? _ignored;
    private uint _seen;
    private uint _given;
    private int _last;

    /// <summary>The reader; stands on the value of the field that <see cref="Next"/> found.</summary>
    public Utf8JsonReader Reader;

    public ObjectFields(ReadOnlySpan<byte> json, byte[][] names)
    {
        _json = json;
        _names = names;
        _last = -1;
        Reader = new Utf8JsonReader(json, JsonEnvelope.ReaderOptions);
    }

    public readonly IReadOnlyList<FieldError> Errors => _errors ?? (IReadOnlyList<FieldError>)[];

    public readonly IReadOnlyList<string> Ignored => _ignored ?? (IReadOnlyList<string>)[];

    public readonly bool HasErrors => _errors is not null;

    public readonly string CurrentName => Encoding.UTF8.GetString(_names[_last]);

    /// <summary>Whether the field was there and not null.</summary>
    public readonly bool WasGiven(int index) => (_given & (1u << index)) != 0;

    public void Add(FieldError error) => (_errors ??= []).Add(error);

    public void Add(string code, string message) => Add(new FieldError(CurrentName, code, message));

    /// <summary>Notes an error when the field was left out.</summary>
    public void Require(int index)
    {
        if (!WasGiven(index))
        {
            Add(new FieldError(Encoding.UTF8.GetString(_names[index]), InputErrorCodes.Required, "The field must be there and not null."));
        }
    }

    /// <summary>Goes to the object's start; false when the value is something else, which is then an error.</summary>
    public bool Start()
    {
        if (JsonEnvelope.Check(_json) is { } fault)
        {
            Add(fault);
            return false;
        }

        Reader.Read();
        if (Reader.TokenType != JsonTokenType.StartObject)
        {
            Add(JsonEnvelope.NotAnObject());
            return false;
        }

        return true;
    }

    /// <summary>Goes to the value of the next known field. A null counts as left out.</summary>
    /// <returns>Its index; -1 at the object's end.</returns>
    public int Next()
    {
        while (Reader.Read() && Reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = Find();
            if (index < 0)
            {
                Ignore();
                continue;
            }

            _last = index;
            Reader.Read();
            if ((_seen & (1u << index)) != 0)
            {
                Add(InputErrorCodes.DuplicateField, "The field must occur once.");
                Reader.Skip();
                continue;
            }

            _seen |= 1u << index;
            if (Reader.TokenType != JsonTokenType.Null)
            {
                _given |= 1u << index;
                return index;
            }
        }

        if (JsonEnvelope.CheckEnd(_json[(int)Reader.BytesConsumed..]) is { } fault)
        {
            Add(fault);
        }

        return -1;
    }

    /// <summary>Refuses the current value and steps over it.</summary>
    public void WrongType(string expected)
    {
        Add(InputErrorCodes.WrongType, $"The field must be {expected}.");
        Reader.Skip();
    }

    /// <summary>The current value as text of 1 to <paramref name="max"/> characters without control characters; null is an error that is noted.</summary>
    public string? Text(int max)
    {
        if (Reader.TokenType != JsonTokenType.String)
        {
            WrongType("a string");
            return null;
        }

        return TextProblem(ref Reader, max, out var text) is { } problem ? Refuse(problem) : text;
    }

    /// <summary>The current value as the id of a user or item; null is an error that is noted.</summary>
    public string? Id()
    {
        var id = Text(InputLimits.MaxIdLength);
        return id is not null && IdRules.IsDots(id) ? Refuse(IdRules.Dots) : id;
    }

    /// <summary>The current value, a number of the contract; null is an error that is noted.</summary>
    public decimal? Price()
    {
        if (Reader.TokenType != JsonTokenType.Number)
        {
            WrongType("a number");
            return null;
        }

        if (Reader.TryGetDecimal(out var price) && price is >= 0 and <= InputLimits.MaxPrice)
        {
            return price;
        }

        Add(InputErrorCodes.OutOfRange, $"The field must be a number from 0 to {InputLimits.MaxPrice}.");
        return null;
    }

    /// <summary>Whether the reader stands on a name or value that holds half of a surrogate pair.</summary>
    public readonly bool IsAtLoneSurrogate => Reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String
        && Reader.ValueIsEscaped && JsonText.HasLoneSurrogate(Reader.ValueSpan);

    /// <summary>The error of the current text, which holds half of a surrogate pair: a value by its field, a name, which cannot be told, by none.</summary>
    public readonly FieldError LoneSurrogate() =>
        new(Reader.TokenType == JsonTokenType.PropertyName ? "" : CurrentName, InputErrorCodes.LoneSurrogate, HalfAPair);

    /// <summary>What is wrong with the reader's string, or null.</summary>
    public static (string Code, string Message)? TextProblem(ref Utf8JsonReader reader, int max, out string text)
    {
        if (!JsonText.TryRead(ref reader, out text))
        {
            return (InputErrorCodes.LoneSurrogate, HalfAPair);
        }

        if (!JsonText.HasLength(text, max))
        {
            return (InputErrorCodes.BadLength, $"The text must have 1 to {max} characters.");
        }

        return JsonText.HasControlCharacter(text)
            ? (InputErrorCodes.ControlCharacter, "The text must not hold control characters.")
            : null;
    }

    private string? Refuse((string Code, string Message) problem)
    {
        Add(problem.Code, problem.Message);
        return null;
    }

    private readonly int Find()
    {
        // Producers write fields in the contract's order as a rule, so the search starts behind the last hit.
        for (var i = 1; i <= _names.Length; i++)
        {
            var index = (_last + i) % _names.Length;
            if (Reader.ValueTextEquals(_names[index]))
            {
                return index;
            }
        }

        return -1;
    }

    private void Ignore()
    {
        if (!JsonText.TryRead(ref Reader, out var name))
        {
            Add(LoneSurrogate());
        }
        else if (_ignored is not null && _ignored.Contains(name, StringComparer.Ordinal))
        {
            Add(new FieldError(Shorten(name), InputErrorCodes.DuplicateField, "The field must occur once."));
        }
        else if ((_ignored ??= []).Count < InputLimits.MaxIgnoredFields)
        {
            _ignored.Add(name);
        }

        Reader.Read();
        Reader.Skip();
    }

    private static string Shorten(string name) => name.Length <= InputLimits.MaxIdLength ? name : name[..InputLimits.MaxIdLength];
}
