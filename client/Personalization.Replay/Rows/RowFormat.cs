namespace Personalization.Replay;

/// <summary>Formats of a file of events.</summary>
public enum RowFormat
{
    /// <summary>One JSON object a line.</summary>
    JsonLines = 0,

    /// <summary>RFC 4180 with a header.</summary>
    Csv = 1,

    /// <summary>Apache Parquet with flat columns.</summary>
    Parquet = 2,
}
