using Personalization.Inference.Encoding;

namespace Personalization.Inference.Tests.Support;

/// <summary>One row and its answer.</summary>
internal sealed record ParityRow(int[] Items, int[] Actions, int[] Gaps, float Elapsed, int[] TopItems, float[] TopScores, float Churn, float[]? Totals = null)
{
    public ParityRow NewestOf(int length) => this with
    {
        Items = Items[^Math.Min(length, Items.Length)..],
        Actions = Actions[^Math.Min(length, Items.Length)..],
        Gaps = Gaps[^Math.Min(length, Items.Length)..],
    };

    public EncodedSequence ToSequence(int maxLength)
    {
        var sequence = new EncodedSequence(maxLength, Totals?.Length ?? 0) { Start = maxLength - Items.Length, Elapsed = Elapsed };
        Items.CopyTo(sequence.Items, sequence.Start);
        Actions.CopyTo(sequence.Actions, sequence.Start);
        Gaps.CopyTo(sequence.Gaps, sequence.Start);
        Totals?.CopyTo(sequence.Totals, 0);
        return sequence;
    }
}
