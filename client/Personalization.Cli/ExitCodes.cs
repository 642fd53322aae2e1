namespace Personalization.Cli;

/// <summary>What a command ends with.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>Something differs, or was refused.</summary>
    public const int Different = 1;

    /// <summary>A bound that was asked for was missed.</summary>
    public const int Missed = 2;

    /// <summary>The command line is wrong (EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>An input is not what it should be (EX_DATAERR).</summary>
    public const int BadInput = 65;

    /// <summary>An input is not there (EX_NOINPUT).</summary>
    public const int NoInput = 66;

    /// <summary>A service does not answer (EX_UNAVAILABLE).</summary>
    public const int Unavailable = 69;

    /// <summary>There is no room for the output (EX_CANTCREAT).</summary>
    public const int NoRoom = 73;

    /// <summary>Stopped by the user.</summary>
    public const int Cancelled = 130;
}
