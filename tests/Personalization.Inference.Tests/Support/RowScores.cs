using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;

namespace Personalization.Inference.Tests.Support;

/// <summary>The scores of a run's rows as a package's own export tells them: logarithms.</summary>
internal static class RowScores
{
    /// <summary>The scores of a row.</summary>
    public static float[] ScoresOf(this BatchBuffers buffers, int row = 0)
    {
        var scores = buffers.Scores.AsSpan(row * buffers.Width, buffers.Width).ToArray();
        if (buffers.AreProbabilities)
        {
            Probabilities.TakeLogarithms(scores);
        }

        return scores;
    }
}
