using System.Runtime.InteropServices;

namespace Personalization.Inference.Tests.Support;

/// <summary>
/// What is promised of a row that runs with others: on an x64 processor with the shipped runtime the answer that it gets alone, bit for bit; elsewhere, whose kernels
/// the exporter was not made for, as near as training's own answer is (<c>parity.json</c>), so in the same order except for what is as good as equal.
/// </summary>
internal static class SameAnswers
{
    private const float Tolerance = 1e-4f;

    private static readonly bool IsExact = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static void ShouldBeTheSame(this (float[] Scores, float Churn) actual, (float[] Scores, float Churn) expected, string what)
    {
        actual.Scores.Length.ShouldBe(expected.Scores.Length, what);
        var differs = Enumerable.Range(0, actual.Scores.Length).Where(index => !AreSame(actual.Scores[index], expected.Scores[index])).ToArray();
        differs.ShouldBeEmpty($"scores of {what}");
        AreSame(actual.Churn, expected.Churn).ShouldBeTrue($"churn of {what}: {actual.Churn:R} for {expected.Churn:R}");
    }

    public static void ShouldBeTheSame(this InferenceResult actual, InferenceResult expected)
    {
        if (IsExact)
        {
            actual.Candidates.ShouldBe(expected.Candidates);
            actual.Churn.ShouldBe(expected.Churn);
            return;
        }

        (Scores(actual), (float)actual.Churn!.Probability).ShouldBeTheSame((Scores(expected), (float)expected.Churn!.Probability), "the answer");

        static float[] Scores(InferenceResult result) => [.. result.Candidates.Select(candidate => candidate.Score)];
    }

    // Relative: what is compared with training are logarithms.
    private static bool AreSame(float actual, float expected) => IsExact
        ? BitConverter.SingleToInt32Bits(actual) == BitConverter.SingleToInt32Bits(expected)
        : Math.Abs(actual - expected) <= Tolerance * Math.Max(Math.Abs(actual), Math.Abs(expected));
}
