using Personalization.Churn;
using Personalization.Models;

namespace Personalization.Users;

/// <summary>What is remembered about churn: one byte for nearly everybody, the warnings for those who had some. The next check is not part of it.</summary>
internal static class ChurnCodec
{
    private const int Disarmed = 0x01;
    private const int Scored = 0x02;
    private const int HasWarnings = 0x04;
    private const int HasModel = 0x01;
    private const int HasVersion = 0x02;

    public static void Write(StateWriter writer, ChurnMemory memory)
    {
        writer.Byte((byte)((memory.Armed ? 0 : Disarmed) | (memory.LastProbability is null ? 0 : Scored) | (memory.Warnings.Count == 0 ? 0 : HasWarnings)));
        if (memory.LastProbability is { } probability)
        {
            writer.Double(probability);
        }

        if (memory.Warnings.Count == 0)
        {
            return;
        }

        var unpublished = 0;
        writer.Unsigned((ulong)memory.Warnings.Count);
        for (var i = 0; i < memory.Warnings.Count; i++)
        {
            WriteWarning(writer, memory.Warnings[i]);
            unpublished = memory.Warnings[i].WarningId == memory.Unpublished?.WarningId ? i + 1 : unpublished;
        }

        writer.Unsigned((ulong)unpublished);
    }

    public static ChurnMemory Read(ref StateReader reader)
    {
        var flags = reader.Byte();
        var memory = ChurnMemory.Empty with
        {
            Armed = (flags & Disarmed) == 0,
            LastProbability = (flags & Scored) == 0 ? null : reader.Double(),
        };
        if ((flags & HasWarnings) == 0)
        {
            return memory;
        }

        var warnings = new ChurnWarning[reader.Count()];
        for (var i = 0; i < warnings.Length; i++)
        {
            warnings[i] = ReadWarning(ref reader);
        }

        var unpublished = reader.Index(warnings.Length + 1);
        return memory with { Warnings = warnings, Unpublished = unpublished == 0 ? null : warnings[unpublished - 1] };
    }

    /// <summary>Steps over what is stored about a shopper who may be warned and never was, which is nearly everybody.</summary>
    /// <returns>False: it is somebody else's, and there is more of it.</returns>
    public static bool TrySkip(ref StateReader reader)
    {
        var flags = reader.Byte();
        if ((flags & Scored) != 0)
        {
            reader.Double();
        }

        return (flags & (Disarmed | HasWarnings)) == 0;
    }

    private static void WriteWarning(StateWriter writer, ChurnWarning warning)
    {
        writer.Byte((byte)((warning.Model is null ? 0 : HasModel) | (warning.Version is null ? 0 : HasVersion)));
        writer.Text(warning.WarningId);
        writer.Text(warning.UserId);
        writer.Double(warning.Probability);
        writer.Double(warning.Threshold);
        writer.Signed(warning.HorizonDays);
        writer.Time(warning.LastEventAt);
        writer.Time(warning.DetectedAt);
        writer.Unsigned((ulong)warning.Reasons.Length);
        foreach (var reason in warning.Reasons)
        {
            writer.Text(reason.Code);
            writer.Text(reason.Text);
        }

        if (warning.Model is { } model)
        {
            writer.Text(model.Name);
            writer.Text(model.Version);
        }

        if (warning.Version is { } version)
        {
            writer.Text(version);
        }
    }

    private static ChurnWarning ReadWarning(ref StateReader reader)
    {
        var flags = reader.Byte();
        return new ChurnWarning
        {
            WarningId = reader.Text(),
            UserId = reader.Text(),
            Probability = reader.Double(),
            Threshold = reader.Double(),
            HorizonDays = reader.Int32(),
            LastEventAt = reader.Time(),
            DetectedAt = reader.Time(),
            Reasons = ReadReasons(ref reader),
            Model = (flags & HasModel) == 0 ? null : new ModelRef(reader.Text(), reader.Text()),
            Version = (flags & HasVersion) == 0 ? null : reader.Text(),
        };
    }

    private static ChurnReason[] ReadReasons(ref StateReader reader)
    {
        var reasons = new ChurnReason[reader.Count()];
        for (var i = 0; i < reasons.Length; i++)
        {
            reasons[i] = new ChurnReason(reader.Text(), reader.Text());
        }

        return reasons;
    }
}
