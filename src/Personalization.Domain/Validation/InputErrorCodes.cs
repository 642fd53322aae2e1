namespace Personalization.Validation;

/// <summary>Stable codes of input faults, the <c>code</c> of a <see cref="Events.FieldError"/>.</summary>
public static class InputErrorCodes
{
    /// <summary>Nothing was sent.</summary>
    public const string Empty = "empty";

    /// <summary>Larger than the limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>Starts with a byte order mark.</summary>
    public const string ByteOrderMark = "byte_order_mark";

    /// <summary>Not UTF-8 (for instance UTF-16 or Latin-1).</summary>
    public const string NotUtf8 = "not_utf8";

    /// <summary>Not JSON.</summary>
    public const string NotJson = "not_json";

    /// <summary>JSON, but not an object.</summary>
    public const string NotAnObject = "not_an_object";

    /// <summary>Something follows the JSON value.</summary>
    public const string TrailingData = "trailing_data";

    /// <summary>Nested too deeply.</summary>
    public const string TooDeep = "too_deep";

    /// <summary>The field occurs more than once.</summary>
    public const string DuplicateField = "duplicate_field";

    /// <summary>The field is missing or null.</summary>
    public const string Required = "required";

    /// <summary>The field has another JSON type.</summary>
    public const string WrongType = "wrong_type";

    /// <summary>The text is empty or longer than the limit.</summary>
    public const string BadLength = "bad_length";

    /// <summary>The text holds a control character.</summary>
    public const string ControlCharacter = "control_character";

    /// <summary>The text holds half of a surrogate pair.</summary>
    public const string LoneSurrogate = "lone_surrogate";

    /// <summary>The id is . or .., which no path can name.</summary>
    public const string DotSegment = "dot_segment";

    /// <summary>It could not be read, for a reason that none of the other codes names.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>The event type is none of the contract's.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>Neither an ISO 8601 time with its offset nor epoch milliseconds.</summary>
    public const string BadTimestamp = "bad_timestamp";

    /// <summary>The time is before 2000-01-01.</summary>
    public const string TooOld = "too_old";

    /// <summary>The time is ahead of the shop's clock.</summary>
    public const string TooFarAhead = "too_far_ahead";

    /// <summary>The number is outside its range.</summary>
    public const string OutOfRange = "out_of_range";

    /// <summary>More entries than the limit.</summary>
    public const string TooMany = "too_many";

    /// <summary>The item id differs from the key or the path.</summary>
    public const string KeyMismatch = "key_mismatch";

    /// <summary>The user is not the one of the session that sends the event.</summary>
    public const string OtherUser = "other_user";
}
