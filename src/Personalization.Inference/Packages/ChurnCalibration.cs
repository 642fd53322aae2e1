using Personalization.Churn;

namespace Personalization.Inference.Packages;

/// <summary>What the package says about its churn output.</summary>
/// <param name="HorizonDays">Days without activity that count as churn.</param>
/// <param name="Watch">Probability from which a user is watched.</param>
/// <param name="High">Probability from which a user is about to leave.</param>
internal sealed record ChurnCalibration(int HorizonDays, double Watch, double High)
{
    public ChurnSummary Summarize(float probability)
    {
        var p = Math.Clamp((double)probability, 0, 1);
        var level = p >= High ? ChurnLevel.High : p >= Watch ? ChurnLevel.Watch : ChurnLevel.Low;
        return new ChurnSummary(p, level, HorizonDays);
    }
}
